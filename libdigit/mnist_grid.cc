// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "libdigit/components.h"
#include "libdigit/mnist_box.h"
#include "libdigit/scratch_vector.h"

namespace digit {
namespace {

// How much longer or shorter the ink's box may be than 20 of 28 parts: soft edges count in it.
constexpr double kBoxSlack = 1.5;
// Levels by which a corner of four cells may differ from their mean, on average.
constexpr float kMostDifference = 14;

// Rows of a square picture, in bytes.
struct Rows {
    const std::uint8_t* first;
    std::size_t bytes;
    std::size_t pixel_bytes;
    int edge;

    const std::uint8_t* at(int y) const { return first + static_cast<std::size_t>(y) * bytes; }
};

// Whether the outermost pixels all are of the first one's level.
bool has_even_margin(const Rows& rows) {
    const std::uint8_t* first = rows.first;
    if (std::memcmp(first, first + 1, rows.bytes - 1) != 0) return false;
    if (std::memcmp(first, rows.at(rows.edge - 1), rows.bytes) != 0) return false;
    for (int y = 0; y < rows.edge; ++y)
        if (std::memcmp(rows.at(y), first, rows.pixel_bytes) != 0 ||
            std::memcmp(rows.at(y) + rows.bytes - rows.pixel_bytes, first, rows.pixel_bytes) != 0)
            return false;
    return true;
}

// The box of what is more than a trace. rows: with an even margin.
Box box_of(const Rows& rows) {
    const std::uint8_t background = *rows.first;
    std::size_t left = rows.bytes;
    std::size_t right = 0;
    int top = rows.edge;
    int bottom = 0;
    for (int y = 0; y < rows.edge; ++y) {
        const std::uint8_t* row = rows.at(y);
        if (std::memcmp(row, rows.first, rows.bytes) == 0) continue;
        const auto is_trace = [&](std::uint8_t level) { return (level ^ background) < kFaintInk; };
        const std::uint8_t* end = row + rows.bytes;
        const std::uint8_t* begin = std::find_if_not(row, end, is_trace);
        if (begin == end) continue;
        left = std::min(left, static_cast<std::size_t>(begin - row));
        while (is_trace(end[-1])) --end;
        right = std::max(right, static_cast<std::size_t>(end - row));
        top = std::min(top, y);
        bottom = y + 1;
    }
    if (right == 0) return {};
    const int first = static_cast<int>(left / rows.pixel_bytes);
    const int last = static_cast<int>((right - 1) / rows.pixel_bytes);
    return {first, top, last + 1 - first, bottom - top};
}

// How a place between pixels is read along one axis: four neighbours' offsets and weights.
// Source: Keys, Cubic convolution interpolation for digital image processing, 1981.
struct Taps {
    std::array<std::size_t, 4> offset;
    std::array<float, 4> weight;
};

// place: in pixels from the edge; stride: bytes from one to the next.
Taps taps_at(double place, int edge, std::size_t stride) {
    const double from_centre = place - 0.5;
    const double floor = std::floor(from_centre);
    const auto t = static_cast<float>(from_centre - floor);
    Taps taps;
    for (int i = 0; i < 4; ++i)
        taps.offset[static_cast<std::size_t>(i)] =
            static_cast<std::size_t>(std::clamp(static_cast<int>(floor) - 1 + i, 0, edge - 1)) *
            stride;
    taps.weight = {t * (-0.5f + t * (1 - 0.5f * t)), 1 + t * t * (-2.5f + 1.5f * t),
                   t * (0.5f + t * (2 - 1.5f * t)), t * t * (-0.5f + 0.5f * t)};
    return taps;
}

float read_at(const std::uint8_t* pixels, std::uint8_t background, const Taps& x, const Taps& y) {
    float sum = 0;
    for (std::size_t j = 0; j < 4; ++j) {
        float across = 0;
        for (std::size_t i = 0; i < 4; ++i)
            across +=
                x.weight[i] * static_cast<float>(pixels[y.offset[j] + x.offset[i]] ^ background);
        sum += y.weight[j] * across;
    }
    return std::clamp(sum, 0.0f, 255.0f);
}

// The ink at the crossings of places in each row and column: first + i × step, i under kCount.
// Farther than a step from the box there is none.
template <int kCount>
ScratchVector<float> read_grid(const Rows& rows, const Box& box, double first, double step) {
    // Of the places, the first that is within a step of the box's edge, and the end.
    const auto from = [&](int edge) {
        return std::clamp(static_cast<int>(std::ceil((edge - first) / step)) - 1, 0, kCount);
    };
    const auto to = [&](int edge) {
        return std::clamp(static_cast<int>(std::floor((edge - first) / step)) + 2, 0, kCount);
    };
    const int left = from(box.x), right = to(box.x + box.width);
    std::array<Taps, kCount> across;
    for (int x = left; x < right; ++x)
        across[static_cast<std::size_t>(x)] =
            taps_at(first + x * step, rows.edge, rows.pixel_bytes);
    ScratchVector<float> grid(kCount * kCount);
    for (int y = from(box.y); y < to(box.y + box.height); ++y) {
        const Taps down = taps_at(first + y * step, rows.edge, rows.bytes);
        for (int x = left; x < right; ++x)
            grid[static_cast<std::size_t>(y * kCount + x)] =
                read_at(rows.first, *rows.first, across[static_cast<std::size_t>(x)], down);
    }
    return grid;
}

// Whether the picture is between its cells' centres what interpolation makes of them: at the
// corners of cells it differs little from the mean of the four around. Drawings of more detail do.
bool is_interpolated(const ScratchVector<float>& centres, const Rows& rows, const Box& box,
                     double step) {
    constexpr int kCorners = kInputEdge - 1;
    const auto corners = read_grid<kCorners>(rows, box, step, step);
    float differences = 0;
    float inked = 0;
    for (int y = 0; y < kCorners; ++y)
        for (int x = 0; x < kCorners; ++x) {
            const float* four = centres.data() + y * kInputEdge + x;
            const float mean = (four[0] + four[1] + four[kInputEdge] + four[kInputEdge + 1]) / 4;
            const float corner = corners[static_cast<std::size_t>(y * kCorners + x)];
            if (mean < 1 && corner < 1) continue;
            differences += std::abs(corner - mean);
            inked += 1;
        }
    return differences <= kMostDifference * inked;
}

}  // namespace

std::optional<GridInk> ink_on_mnist_grid(const Picture& picture) {
    if (picture.width != picture.height || picture.width <= kInputEdge) return std::nullopt;
    const auto pixel_bytes = static_cast<std::size_t>(picture.channels);
    const Rows rows{picture.pixels.data(), picture.width * pixel_bytes, pixel_bytes,
                    static_cast<int>(picture.width)};
    if ((*rows.first != 0 && *rows.first != 255) || !has_even_margin(rows)) return std::nullopt;
    const double step = static_cast<double>(rows.edge) / kInputEdge;
    const Box box = box_of(rows);
    if (std::abs(std::max(box.width, box.height) / step - kInkBoxEdge) > kBoxSlack)
        return std::nullopt;

    if (is_coloured(picture)) return std::nullopt;
    const ScratchVector<float> centres = read_grid<kInputEdge>(rows, box, step / 2, step);
    if (!is_interpolated(centres, rows, box, step)) return std::nullopt;
    GridInk ink;
    ink.dark = *rows.first == 255;
    ink.cell = step;
    std::ranges::transform(centres, ink.pixels.begin(),
                           [](float level) { return static_cast<std::uint8_t>(level + 0.5f); });
    return ink;
}

}  // namespace digit
