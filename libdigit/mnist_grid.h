// SPDX-License-Identifier: Apache-2.0
// Pictures of MNIST's that have been enlarged, or cut to their ink.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "libdigit/frame.h"
#include "libdigit/picture.h"

namespace digit {

// A picture's ink on MNIST's grid, and where that lies in the picture.
struct GridInk {
    std::array<std::uint8_t, kInputPixels> pixels{};
    bool dark = false;  // dark ink on a light background
    double cell = 1;    // a cell's edge in the picture's pixels
    int left = 0;       // cells left of the picture's edge, and above it
    int top = 0;
};

// What one of MNIST's pictures was before it was enlarged by interpolation: the ink of a square,
// grey picture of more than 28×28 at the centres of 28×28 cells. Nothing where the picture cannot
// be one: its margin is not all black or all white, its ink's box is not about 20 of 28 parts long,
// or it shows more at the corners of cells than their centres tell (elsewhere it is not looked at).
// The first two are seen quickly, so that other pictures lose little time by it. Framing would cut
// the softened edge off somewhere and interpolate once more.
std::optional<GridInk> ink_on_mnist_grid(const Picture& picture);

// Of a grey picture whose longer edge has 20 pixels, as one of MNIST's that was cut to its ink, its
// ink put so that its centre of mass is in the middle of 28×28. Nothing where no level of black or
// white is surely its background's, or its edges are not soft as MNIST's are.
std::optional<GridInk> ink_of_cut(const Picture& picture);

}  // namespace digit
