// SPDX-License-Identifier: Apache-2.0
// Connected pieces of ink, and which of them are the digit.
#pragma once

#include <cstdint>
#include <string>

#include "libdigit/ink.h"
#include "libdigit/scratch_vector.h"

namespace digit {

// A pixel with at least this much ink belongs to a stroke. On a clean background so do the faint
// parts of hairlines, without which a digit falls apart.
inline constexpr std::uint8_t kInkThreshold = 100;
inline constexpr std::uint8_t kCleanInkThreshold = 56;

// Less ink than this is no part of a stroke's soft edge: the ripples of JPEG round it would widen
// the digit's box. MNIST's own pictures keep their boxes.
inline constexpr std::uint8_t kFaintInk = 24;

// Width of the outer band, as a part of the plane's edge: page edges, frames and shadows lie in it.
inline constexpr double kOuterBand = 0.18;

// One 8-connected piece. Coordinates are pixels of the plane, right and bottom exclusive.
struct Component {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
    std::int64_t area = 0;   // pixels
    std::int64_t mass = 0;   // sum of ink
    int border_contact = 0;  // pixels on the plane's border
    bool at_left = false, at_top = false, at_right = false, at_bottom = false;  // touches it there
    std::int64_t outer = 0;  // pixels in the outer band, kOuterBand wide on each side
    int width() const { return right - left; }
    int height() const { return bottom - top; }
    int sides_touched() const { return at_left + at_top + at_right + at_bottom; }
};

// Pixels from..to (exclusive) of row y, all of one piece.
struct Run {
    int from, to, y;
    std::int32_t component;  // index into Components::all
};

struct Components {
    ScratchVector<Component> all;
    ScratchVector<Run> runs;  // by rows, from left to right
};

// Pieces of pixels with at least `threshold` ink, 1 to 128.
Components find_components(const InkPlane& plane, std::uint8_t threshold);

}  // namespace digit
