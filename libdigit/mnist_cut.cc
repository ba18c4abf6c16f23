// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_cut.h"

#include <algorithm>

#include "libdigit/centre_of_mass.h"
#include "libdigit/components.h"
#include "libdigit/mnist_box.h"

namespace digit {
namespace {

std::uint8_t level_at(const Picture& picture, std::uint32_t x, std::uint32_t y) {
    return picture
        .pixels[(std::size_t{y} * picture.width + x) * static_cast<std::size_t>(picture.channels)];
}

// Black or white, or nothing where it is in doubt.
std::optional<std::uint8_t> background_of(const Picture& picture) {
    const auto bytes_of = [&](std::uint8_t level) {
        return static_cast<std::size_t>(std::ranges::count(picture.pixels, level));
    };
    const std::size_t black = bytes_of(0);
    const std::size_t white = bytes_of(255);
    const std::size_t more = std::max(black, white);
    const std::size_t fewer = std::min(black, white);
    if (3 * more < picture.pixels.size() || more < 2 * fewer) return std::nullopt;
    const std::uint8_t background = black > white ? 0 : 255;
    // MNIST's have soft edges; icons and textures of this size have not.
    const std::size_t ink = picture.pixels.size() - more;
    if (3 * (ink - fewer) < ink) return std::nullopt;
    // Where ink covers most of the picture the corners tell; most digits fill one at most.
    int blank = 0;
    for (const std::uint32_t x : {0u, picture.width - 1})
        for (const std::uint32_t y : {0u, picture.height - 1})
            blank += (level_at(picture, x, y) ^ background) < kFaintInk;
    if (blank < 3) return std::nullopt;
    return background;
}

}  // namespace

std::optional<GridInk> ink_of_cut(const Picture& picture) {
    if (std::max(picture.width, picture.height) != kInkBoxEdge || is_coloured(picture))
        return std::nullopt;
    const auto background = background_of(picture);
    if (!background) return std::nullopt;
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const auto centre = centre_of_mass(width, height, [&](int x, int y) {
        return level_at(picture, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)) ^
               *background;
    });
    if (!centre) return std::nullopt;
    GridInk ink;
    ink.dark = *background == 255;
    ink.left = place_in_middle(centre->x, width);
    ink.top = place_in_middle(centre->y, height);
    for (std::uint32_t y = 0; y < picture.height; ++y)
        for (std::uint32_t x = 0; x < picture.width; ++x)
            ink.pixels[(static_cast<std::size_t>(ink.top) + y) * kInputEdge +
                       static_cast<std::size_t>(ink.left) + x] =
                level_at(picture, x, y) ^ *background;
    return ink;
}

}  // namespace digit
