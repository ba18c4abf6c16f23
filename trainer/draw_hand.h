// SPDX-License-Identifier: Apache-2.0
// One person's hand on one day: how the strokes of an allograph come out.
#pragma once

#include <vector>

#include "trainer/draw_allographs.h"
#include "trainer/draw_strokes.h"
#include "trainer/random.h"

namespace digit {

// Paths of the pen, about one unit tall, one per stroke.
using PenPaths = std::vector<std::vector<Point>>;

// Writes the allograph with random knots, proportions, slant, turn and ends.
PenPaths write_strokes(const Allograph& allograph, Random& random);

// The same drawn with a mouse: straight pieces between few points on a coarse grid.
PenPaths write_with_mouse(const Allograph& allograph, Random& random);

}  // namespace digit
