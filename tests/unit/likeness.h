// SPDX-License-Identifier: Apache-2.0
// How much alike two pictures' digits are once they are framed.
#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "libdigit/frame.h"

namespace digit::test {

inline std::vector<Framed> readings_of(const Picture& picture) {
    const auto readings = frame(picture);
    CPPUNIT_ASSERT_MESSAGE(readings.status().message(), readings.ok());
    return *readings;
}

using FramedPixels = std::array<std::uint8_t, kInputPixels>;

// Cosine of the angle between two drawings, the best of shifts by a pixel.
inline double likeness(const FramedPixels& a, const FramedPixels& b) {
    double best = 0;
    for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
            double ab = 0, aa = 0, bb = 0;
            for (int y = 1; y < kInputEdge - 1; ++y)
                for (int x = 1; x < kInputEdge - 1; ++x) {
                    const double p = a[static_cast<std::size_t>(y * kInputEdge + x)];
                    const double q = b[static_cast<std::size_t>((y + dy) * kInputEdge + x + dx)];
                    ab += p * q;
                    aa += p * p;
                    bb += q * q;
                }
            best = std::max(best, ab / std::sqrt(aa * bb));
        }
    return best;
}

// Of the likeliest readings.
inline double likeness(const Picture& one, const Picture& other) {
    return likeness(readings_of(one).front().pixels, readings_of(other).front().pixels);
}

}  // namespace digit::test
