// SPDX-License-Identifier: Apache-2.0
// A digit's ink on its way to MNIST's box.
#pragma once

#include <cstddef>

#include "libdigit/scratch_vector.h"

namespace digit {

// width × height, 0 to 1, row-major. A vector of eight that begins within a row may be read one
// pixel further right: what lies behind the row's last pixel is zero. So is the row below the last
// one, and behind everything there is as much as a vector may read or write too far.
struct FloatPlane {
    static constexpr std::size_t kLanes = 16;  // rows begin at multiples of so many
    static constexpr std::size_t kSlack = 64;

    FloatPlane(int the_width, int the_height)
        : width(the_width),
          height(the_height),
          stride(((static_cast<std::size_t>(the_width) + 7) / 8 * 8 + kLanes) / kLanes * kLanes),
          value(stride * (static_cast<std::size_t>(the_height) + 1) + kSlack) {}

    float* row(int y) { return value.data() + static_cast<std::size_t>(y) * stride; }
    const float* row(int y) const { return value.data() + static_cast<std::size_t>(y) * stride; }

    int width;
    int height;
    std::size_t stride;
    ScratchVector<float> value;
};

}  // namespace digit
