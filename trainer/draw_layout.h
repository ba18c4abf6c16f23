// SPDX-License-Identifier: Apache-2.0
// Where a digit lies in its picture.
#pragma once

#include "trainer/draw_shape.h"
#include "trainer/random.h"

namespace digit {

// The server refuses pictures with a shorter edge, in pixels (Limits::min_edge).
inline constexpr float kLeastEdge = 10;

// A figure in pixels, and the picture it lies in.
struct Placed {
    Shape shape;
    int width = 0;
    int height = 0;
};

// Scales the figure so that the longer edge of its box has `edge` pixels and surrounds it with
// random margins: mostly some, sometimes hardly any. No picture is narrower than kLeastEdge. `room`
// pixels are kept free for an outline that grows later.
Placed place(Shape shape, float edge, float room, Random& random);

}  // namespace digit
