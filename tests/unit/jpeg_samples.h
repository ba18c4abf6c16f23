// SPDX-License-Identifier: Apache-2.0
// JPEG files for the decoder's tests.
#pragma once

#include <array>

#include "tests/unit/image_writers.h"

namespace digit::test {

constexpr JpegColour kColours[] = {JpegColour::kGrey, JpegColour::kYcbcr, JpegColour::kRgb,
                                   JpegColour::kCmyk, JpegColour::kYcck};
// A smooth picture, which JPEG keeps to a few levels.
JpegSpec make_spec(std::uint32_t width, std::uint32_t height, JpegColour colour);

// Red, green and blue of a place in make_spec's picture: x and y from 0 to 1, levels from 0 to 255.
std::array<double, 3> expected_at(JpegColour colour, double x, double y);

}  // namespace digit::test
