// SPDX-License-Identifier: Apache-2.0
#include "libdigit/palette.h"

#include <algorithm>

#include "libdigit/luma.h"

namespace digit {

Palette::Palette() {
    for (auto& colour : colours_) colour[3] = 255;
}

void Palette::set(std::size_t index, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    const std::uint8_t alpha = colours_[index][3];
    colours_[index] = {red, green, blue, alpha};
    luma_[index] = luma(red, green, blue);
    grey_ = grey_ && red == green && green == blue;
}

std::uint8_t* Palette::expand(const std::uint8_t* indices, std::size_t count, int channels,
                              bool alpha, std::uint8_t* out) const {
    if (channels == 1 && !alpha)
        return std::transform(indices, indices + count, out,
                              [this](std::uint8_t index) { return luma_[index]; });
    for (std::size_t i = 0; i < count; ++i) {
        const auto& colour = colours_[indices[i]];
        if (channels == 1)
            *out++ = luma_[indices[i]];
        else
            out = std::copy_n(colour.begin(), 3, out);
        if (alpha) *out++ = colour[3];
    }
    return out;
}

}  // namespace digit
