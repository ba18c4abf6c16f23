// SPDX-License-Identifier: Apache-2.0
// Pictures of MNIST's that have been enlarged.
#pragma once

#include <optional>

#include "libdigit/grid_ink.h"
#include "libdigit/picture.h"

namespace digit {

// What one of MNIST's pictures was before it was enlarged by interpolation: the ink of a square,
// grey picture of more than 28×28 at the centres of 28×28 cells. Nothing where the picture cannot
// be one: its margin is not all black or all white, its ink's box is not about 20 of 28 parts long,
// or it shows more at the corners of cells than their centres tell (elsewhere it is not looked at).
// The first two are seen quickly, so that other pictures lose little time by it. Framing would cut
// the softened edge off somewhere and interpolate once more.
std::optional<GridInk> ink_on_mnist_grid(const Picture& picture);

}  // namespace digit
