// SPDX-License-Identifier: Apache-2.0
// Digits of seven-segment displays.
#pragma once

#include "trainer/draw_shape.h"
#include "trainer/random.h"

namespace digit {

struct SegmentDigit {
    Shape shape;             // about one unit tall
    float stroke_width = 0;  // of a segment
};

// Proportions, thickness, gaps and segment ends are random, and so is whether 6 and 9 have their
// tails and 7 its fourth segment.
SegmentDigit segment_digit(int label, Random& random);

}  // namespace digit
