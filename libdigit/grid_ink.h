// SPDX-License-Identifier: Apache-2.0
// What pictures that need no framing are turned into.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

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

// Whether a pixel's red, green and blue differ anywhere.
inline bool is_coloured(const Picture& picture) {
    if (picture.channels == 1) return false;
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3)
        if (picture.pixels[i + 1] != picture.pixels[i] ||
            picture.pixels[i + 2] != picture.pixels[i])
            return true;
    return false;
}

}  // namespace digit
