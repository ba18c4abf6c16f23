// SPDX-License-Identifier: Apache-2.0
// Pictures that need no framing.
#pragma once

#include <optional>

#include "libdigit/frame.h"
#include "libdigit/picture.h"

namespace digit {

// The picture as it is, or inverted, where it already is what frame() aims at, as MNIST's own are:
// 28×28 and grey, strong ink on a background of black or of white alone, ink box of 20 pixels,
// centre of mass in the middle, and one digit, broken though it may be. Framing it anew would
// cut its faintest ink off and interpolate what is left. Of such a picture that was enlarged or
// cut to its ink, what it was before (libdigit/mnist_grid.h, libdigit/mnist_cut.h). Nothing where
// any of it is not so.
std::optional<Framed> as_mnist_has_it(const Picture& picture);

}  // namespace digit
