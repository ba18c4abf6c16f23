// SPDX-License-Identifier: Apache-2.0
// The ways in which people write each digit, as strokes through control points.
#pragma once

#include <cstdint>
#include <span>

namespace digit {

enum class KnotKind : std::uint8_t {
    kEnd,     // no more knots
    kMove,    // the pen is set down here
    kSmooth,  // the stroke passes here in a curve
    kCorner,  // the stroke turns here
};

// In hundredths of the digit's height, from the top left of its body: y 0 to 100, x about 0 to 80.
struct Knot {
    KnotKind kind = KnotKind::kEnd;
    std::int8_t x = 0;
    std::int8_t y = 0;
};

inline constexpr int kMaxKnots = 20;

struct Allograph {
    int digit = 0;
    const char* name = "";
    // How often it is drawn, relative to the others of its digit.
    float frequency = 1;
    // The widest pen, as a part of the height, with which a person still reads it.
    float widest_pen = 0.2f;
    // Standard deviation of its knots, in hundredths of the height, that leaves it readable.
    float looseness = 3;
    Knot knots[kMaxKnots] = {};
};

// Sorted by digit; every digit has several.
std::span<const Allograph> allographs();
// Those of one digit.
std::span<const Allograph> allographs(int digit);

}  // namespace digit
