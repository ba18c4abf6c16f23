// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "libdigit/background.h"

namespace digit {
namespace {

// Cells along the longer edge: fine enough to follow a shadow's hard edge.
constexpr int kCells = 96;
// What is wider than this part of the shorter edge is paper or shadow, not a stroke.
constexpr double kWidestStroke = 0.25;

struct Plane {
    int width = 0;
    int height = 0;
    ScratchVector<std::uint8_t> value;
    std::uint8_t* row(int y) {
        return &value[static_cast<std::size_t>(y) * static_cast<std::size_t>(width)];
    }
};

// The highest of `window` values from each one on, in place; the last window - 1 are left as
// partial results. Steps double, so that each value is looked at log2(window) times.
void highest_along(Plane& plane, int window, bool down) {
    int reached = 1;
    while (reached < window) {
        const int step = std::min(reached, window - reached);
        for (int y = 0; y < plane.height; ++y) {
            std::uint8_t* to = plane.row(y);
            if (down && y + step >= plane.height) break;
            const std::uint8_t* from = down ? plane.row(y + step) : to + step;
            const int count = down ? plane.width : plane.width - step;
            for (int x = 0; x < count; ++x) to[x] = std::max(to[x], from[x]);
        }
        reached += step;
    }
}

// The lowest values in the same way, of the values' complements.
void complement(Plane& plane) {
    for (std::uint8_t& value : plane.value) value = static_cast<std::uint8_t>(255 - value);
}

// Morphological closing: what is darker than its surroundings and narrower than `window` goes. The
// first value of the result belongs to cell window - 1 of the plane.
void close(Plane& plane, int window) {
    for (int i = 0; i < 2; ++i) {
        highest_along(plane, window, false);
        highest_along(plane, window, true);
        complement(plane);
    }
}

// One channel's means over the cells of a grid, with `margin` more cells on each side that are as
// the outermost ones: what touches the border is taken to go on beyond it.
Plane cell_means(const Picture& picture, std::size_t channel, int columns, int rows, int margin) {
    Plane plane{columns + 2 * margin, rows + 2 * margin, {}};
    plane.value.resize(static_cast<std::size_t>(plane.width) *
                       static_cast<std::size_t>(plane.height));
    const auto channels = static_cast<std::size_t>(picture.channels);
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    for (int r = 0; r < rows; ++r) {
        const int top = r * height / rows;
        const int bottom = std::max(top + 1, (r + 1) * height / rows);
        std::uint8_t* out = plane.row(r + margin);
        for (int c = 0; c < columns; ++c) {
            const int left = c * width / columns;
            const int right = std::max(left + 1, (c + 1) * width / columns);
            unsigned sum = 0;
            for (int y = top; y < bottom; ++y)
                for (int x = left; x < right; ++x)
                    sum += picture.pixels[(static_cast<std::size_t>(y) * picture.width +
                                           static_cast<std::size_t>(x)) *
                                              channels +
                                          channel];
            const auto count = static_cast<unsigned>((bottom - top) * (right - left));
            out[c + margin] = static_cast<std::uint8_t>((sum + count / 2) / count);
        }
        std::fill_n(out, margin, out[margin]);
        std::fill_n(out + margin + columns, margin, out[margin + columns - 1]);
    }
    for (int y = 0; y < margin; ++y) {
        std::copy_n(plane.row(margin), plane.width, plane.row(y));
        std::copy_n(plane.row(margin + rows - 1), plane.width, plane.row(margin + rows + y));
    }
    return plane;
}

}  // namespace

Background Background::closed(const Picture& picture) {
    Background background;
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const double cell = std::max(1.0, std::max(width, height) / static_cast<double>(kCells));
    background.columns_ = std::max(1, static_cast<int>(width / cell));
    background.rows_ = std::max(1, static_cast<int>(height / cell));
    const int window =
        std::max(3, static_cast<int>(std::lround(kWidestStroke *
                                                 std::min(background.columns_, background.rows_))));
    background.cells_.resize(static_cast<std::size_t>(background.columns_) *
                             static_cast<std::size_t>(background.rows_));
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(picture.channels); ++channel) {
        Plane plane =
            cell_means(picture, channel, background.columns_, background.rows_, window - 1);
        close(plane, window);
        auto to = background.cells_.begin();
        for (int r = 0; r < background.rows_; ++r)
            for (int c = 0; c < background.columns_; ++c, ++to)
                (*to)[channel] = static_cast<float>(plane.row(r)[c]);
    }
    return background;
}

}  // namespace digit
