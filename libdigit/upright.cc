// SPDX-License-Identifier: Apache-2.0
#include "libdigit/upright.h"

#include <cstddef>
#include <utility>

namespace digit {
namespace {

// How to walk the stored pixels to meet the upright ones in order: from `start`, `across` from one
// to the next in a row, `down` from the start of a row to the next; in pixels.
struct Walk {
    std::ptrdiff_t start;
    std::ptrdiff_t across;
    std::ptrdiff_t down;
};

// EXIF says where the stored row 0 and column 0 are in the upright picture: 1 top left, 2 top
// right, 3 bottom right, 4 bottom left; 5 left top, 6 right top, 7 right bottom, 8 left bottom.
Walk walk_of(int orientation, std::ptrdiff_t width, std::ptrdiff_t height) {
    const std::ptrdiff_t last_row = (height - 1) * width;
    switch (orientation) {
        case 2:
            return {width - 1, -1, width};
        case 3:
            return {last_row + width - 1, -1, -width};
        case 4:
            return {last_row, 1, -width};
        case 5:
            return {0, width, 1};
        case 6:
            return {last_row, -width, 1};
        case 7:
            return {last_row + width - 1, -width, -1};
        case 8:
            return {width - 1, width, -1};
        default:
            return {0, 1, width};
    }
}

}  // namespace

void turn_upright(Picture& picture) {
    if (picture.orientation == 1) return;
    const Walk walk = walk_of(picture.orientation, picture.width, picture.height);
    if (picture.orientation >= 5) {
        std::swap(picture.width, picture.height);
        std::swap(picture.reduction_x, picture.reduction_y);
    }
    std::vector<std::uint8_t> turned(picture.pixels.size());
    std::uint8_t* out = turned.data();
    for (std::uint32_t y = 0; y < picture.height; ++y) {
        std::ptrdiff_t at = walk.start + walk.down * static_cast<std::ptrdiff_t>(y);
        for (std::uint32_t x = 0; x < picture.width; ++x, at += walk.across)
            for (int c = 0; c < picture.channels; ++c)
                *out++ = picture.pixels[static_cast<std::size_t>(at * picture.channels + c)];
    }
    picture.pixels = std::move(turned);
}

}  // namespace digit
