// SPDX-License-Identifier: Apache-2.0
#include "libdigit/difference.h"

#include <algorithm>
#include <cmath>

namespace digit {
namespace {

std::uint16_t difference_level(float difference) {
    return static_cast<std::uint16_t>(
        std::clamp(difference + (static_cast<float>(kZero) + 0.5f), 0.0f, 510.0f));
}

Difference grey_difference(const Picture& picture, const Background& background) {
    Difference difference;
    if (background.is_flat()) {
        difference.zero = static_cast<int>(std::lround(background.level()[0]));
        return difference;
    }
    difference.level.resize(picture.pixels.size());
    ScratchVector<float> row;
    std::size_t pixel = 0;
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (std::size_t x = 0; x < picture.width; ++x, ++pixel)
            difference.level[pixel] =
                difference_level(static_cast<float>(picture.pixels[pixel]) - row[x]);
    }
    return difference;
}

using Axis = std::array<float, 3>;

// The first principal axis of the differences, from their uncentred covariance (power iteration).
Axis principal_axis(const std::array<double, 6>& covariance) {
    Axis axis{0.577f, 0.577f, 0.577f};
    for (int i = 0; i < 12; ++i) {
        const double r = static_cast<double>(axis[0]);
        const double g = static_cast<double>(axis[1]);
        const double b = static_cast<double>(axis[2]);
        const double x = covariance[0] * r + covariance[1] * g + covariance[2] * b;
        const double y = covariance[1] * r + covariance[3] * g + covariance[4] * b;
        const double z = covariance[2] * r + covariance[4] * g + covariance[5] * b;
        const double length = std::sqrt(x * x + y * y + z * z);
        if (length < 1e-9) break;
        axis = {static_cast<float>(x / length), static_cast<float>(y / length),
                static_cast<float>(z / length)};
    }
    return axis;
}

// About so many rows are enough to find an axis.
constexpr int kCovarianceRows = 64;

// The covariance of the differences within `window`: rr, rg, rb, gg, gb, bb.
std::array<double, 6> covariance_of(const Picture& picture, const Background& background,
                                    const Window& window) {
    std::array<double, 6> covariance{};
    ScratchVector<float> row;
    const int step = std::max(1, (window.bottom - window.top) / kCovarianceRows);
    for (int y = window.top; y < window.bottom; y += step) {
        background.row(picture, y, row);
        float sums[6] = {};
        const std::uint8_t* pixels =
            &picture.pixels[static_cast<std::size_t>(y) * picture.width * 3];
        for (int i = 3 * window.left; i < 3 * window.right; i += 3) {
            const auto at = static_cast<std::size_t>(i);
            const float r = static_cast<float>(pixels[at]) - row[at];
            const float g = static_cast<float>(pixels[at + 1]) - row[at + 1];
            const float b = static_cast<float>(pixels[at + 2]) - row[at + 2];
            sums[0] += r * r;
            sums[1] += r * g;
            sums[2] += r * b;
            sums[3] += g * g;
            sums[4] += g * b;
            sums[5] += b * b;
        }
        for (std::size_t i = 0; i < 6; ++i) covariance[i] += static_cast<double>(sums[i]);
    }
    return covariance;
}

Difference colour_difference(const Picture& picture, const Background& background,
                             const Window& window) {
    const Axis axis = principal_axis(covariance_of(picture, background, window));
    // Scaled so that black on white still spans 255 levels.
    const float scale =
        1 / std::max(std::fabs(axis[0]) + std::fabs(axis[1]) + std::fabs(axis[2]), 1e-6f);
    const float red = axis[0] * scale;
    const float green = axis[1] * scale;
    const float blue = axis[2] * scale;
    Difference difference;
    difference.level.resize(std::size_t{picture.width} * picture.height);
    ScratchVector<float> row;
    std::size_t pixel = 0;
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (std::size_t x = 0; x < picture.width; ++x, ++pixel) {
            const std::uint8_t* p = &picture.pixels[3 * pixel];
            difference.level[pixel] =
                difference_level(red * (static_cast<float>(p[0]) - row[3 * x]) +
                                 green * (static_cast<float>(p[1]) - row[3 * x + 1]) +
                                 blue * (static_cast<float>(p[2]) - row[3 * x + 2]));
        }
    }
    difference.luma_sign =
        0.299f * axis[0] + 0.587f * axis[1] + 0.114f * axis[2] < 0 ? -1.0f : 1.0f;
    return difference;
}

}  // namespace

Window middle_of(const Picture& picture) {
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const int x = width * 3 / 20;
    const int y = height * 3 / 20;
    return {x, y, width - x, height - y};
}

Window all_of(const Picture& picture) {
    return {0, 0, static_cast<int>(picture.width), static_cast<int>(picture.height)};
}

Difference take_away(const Picture& picture, const Background& background, const Window& window) {
    return picture.channels == 1 ? grey_difference(picture, background)
                                 : colour_difference(picture, background, window);
}

}  // namespace digit
