// SPDX-License-Identifier: Apache-2.0
// Where a digit's ink has its centre, by which MNIST places its digits.
#pragma once

#include <optional>

namespace digit {

// In pixels from the left and upper edge; the first pixel's middle is at 0.5.
struct Centre {
    double x = 0;
    double y = 0;
};

// ink_at(x, y): 0 or more. Nothing where there is no ink.
template <class InkAt>
std::optional<Centre> centre_of_mass(int width, int height, const InkAt& ink_at) {
    double mass = 0, x_mass = 0, y_mass = 0;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const double ink = ink_at(x, y);
            mass += ink;
            x_mass += ink * (x + 0.5);
            y_mass += ink * (y + 0.5);
        }
    if (mass <= 0) return std::nullopt;
    return Centre{x_mass / mass, y_mass / mass};
}

}  // namespace digit
