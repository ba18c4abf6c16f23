// SPDX-License-Identifier: Apache-2.0
// Light that falls off over a sheet of paper, as one surface.
#pragma once

#include "libdigit/scratch_vector.h"

namespace digit {

// The quadratic surface that most of a grid's values lie on, columns × rows, row-major; ink covers
// the others. Empty where less than half of them lie on any, or the grid has less than three
// columns or rows. Least squares, of the values that lay nearest to the surface before, again and
// again: the concentration steps of Rousseeuw and Van Driessen 2006, with Tukey's weights.
ScratchVector<float> quadratic_surface(const ScratchVector<float>& values, int columns, int rows);

}  // namespace digit
