// SPDX-License-Identifier: Apache-2.0
#include "libdigit/background.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "libdigit/flat_background.h"
#include "libdigit/histogram.h"
#include "libdigit/quadratic_surface.h"

namespace digit {
namespace {

// Cells along the longer edge: enough to follow a shadow's edge or a vignette.
constexpr int kCells = 16;
constexpr int kMinCellEdge = 4;
constexpr int kPasses = 3;
int luma_of(const Picture& picture, std::size_t pixel) {
    const std::uint8_t* p = &picture.pixels[pixel * static_cast<std::size_t>(picture.channels)];
    return picture.channels == 1 ? p[0] : (77 * p[0] + 150 * p[1] + 29 * p[2] + 128) >> 8;
}

// A grid laid over the picture.
struct Grid {
    int columns = 1;
    int rows = 1;
    ScratchVector<int> column_of_x;
    ScratchVector<int> row_of_y;

    explicit Grid(const Picture& picture) {
        const int width = static_cast<int>(picture.width);
        const int height = static_cast<int>(picture.height);
        const int edge = std::max(kMinCellEdge, (std::max(width, height) + kCells - 1) / kCells);
        columns = std::max(1, width / edge);
        rows = std::max(1, height / edge);
        for (int x = 0; x < width; ++x) column_of_x.push_back(x * columns / width);
        for (int y = 0; y < height; ++y) row_of_y.push_back(y * rows / height);
    }
    std::size_t cell(int x, int y) const {
        return static_cast<std::size_t>(row_of_y[static_cast<std::size_t>(y)] * columns +
                                        column_of_x[static_cast<std::size_t>(x)]);
    }
    std::size_t size() const {
        return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    }
};

// Each cell's median luma, without strokes thinner than a cell.
ScratchVector<float> cell_medians(const Picture& picture, const Grid& grid) {
    ScratchVector<Histogram> histograms(grid.size());
    ScratchVector<std::size_t> counts(grid.size());
    const int step = sampling_step(picture);
    for (int y = 0; y < static_cast<int>(picture.height); y += step)
        for (int x = 0; x < static_cast<int>(picture.width); x += step) {
            const std::size_t cell = grid.cell(x, y);
            const std::size_t pixel =
                static_cast<std::size_t>(y) * picture.width + static_cast<std::size_t>(x);
            ++histograms[cell][static_cast<std::size_t>(luma_of(picture, pixel))];
            ++counts[cell];
        }
    ScratchVector<float> medians(grid.size());
    for (std::size_t i = 0; i < grid.size(); ++i)
        medians[i] = static_cast<float>(percentile(histograms[i], counts[i], 0.5));
    return medians;
}

// values: not empty; are reordered.
float median(ScratchVector<float>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// The median of the 5×5 cells around, without thick strokes.
ScratchVector<float> median_surface(const ScratchVector<float>& medians, const Grid& grid) {
    ScratchVector<float> surface(grid.size());
    ScratchVector<float> around;
    for (int r = 0; r < grid.rows; ++r)
        for (int c = 0; c < grid.columns; ++c) {
            around.clear();
            for (int y = std::max(0, r - 2); y <= std::min(grid.rows - 1, r + 2); ++y)
                for (int x = std::max(0, c - 2); x <= std::min(grid.columns - 1, c + 2); ++x)
                    around.push_back(medians[static_cast<std::size_t>(y * grid.columns + x)]);
            surface[static_cast<std::size_t>(r * grid.columns + c)] = median(around);
        }
    return surface;
}

// Sums over a cell's pixels that are not ink.
struct Cell {
    std::array<double, 3> sum{};
    double weight = 0;
};

// Smooths sums and weights alike, so that cells without paper are filled from their neighbours.
ScratchVector<Cell> smooth(const ScratchVector<Cell>& cells, const Grid& grid, double sigma) {
    const int radius = static_cast<int>(std::ceil(2.5 * sigma));
    ScratchVector<double> kernel(static_cast<std::size_t>(radius) + 1);
    for (int i = 0; i <= radius; ++i)
        kernel[static_cast<std::size_t>(i)] = std::exp(-0.5 * i * i / (sigma * sigma));
    const auto pass = [&](const ScratchVector<Cell>& from, bool along_rows) {
        ScratchVector<Cell> to(from.size());
        for (int r = 0; r < grid.rows; ++r)
            for (int c = 0; c < grid.columns; ++c) {
                Cell& cell = to[static_cast<std::size_t>(r * grid.columns + c)];
                for (int i = -radius; i <= radius; ++i) {
                    const int x = along_rows ? c + i : c;
                    const int y = along_rows ? r : r + i;
                    if (x < 0 || y < 0 || x >= grid.columns || y >= grid.rows) continue;
                    const Cell& other = from[static_cast<std::size_t>(y * grid.columns + x)];
                    const double k = kernel[static_cast<std::size_t>(std::abs(i))];
                    for (std::size_t ch = 0; ch < 3; ++ch) cell.sum[ch] += k * other.sum[ch];
                    cell.weight += k * other.weight;
                }
            }
        return to;
    };
    return pass(pass(cells, true), false);
}

// Where a pixel lies between the centres of two cells.
struct Between {
    int low = 0;
    int high = 0;
    float part = 0;  // 0 at low, 1 at high
};

Between between(int pixel, std::uint32_t pixels, int cells) {
    const float at = std::clamp((static_cast<float>(pixel) + 0.5f) * static_cast<float>(cells) /
                                        static_cast<float>(pixels) -
                                    0.5f,
                                0.0f, static_cast<float>(cells - 1));
    const int low = static_cast<int>(at);
    return {low, std::min(low + 1, cells - 1), at - static_cast<float>(low)};
}

float mean_difference(const Picture& picture, std::size_t pixel, const float* background) {
    if (picture.channels == 1)
        return std::fabs(static_cast<float>(picture.pixels[pixel]) - background[0]);
    const std::uint8_t* p = &picture.pixels[3 * pixel];
    return 0.299f * std::fabs(static_cast<float>(p[0]) - background[0]) +
           0.587f * std::fabs(static_cast<float>(p[1]) - background[1]) +
           0.114f * std::fabs(static_cast<float>(p[2]) - background[2]);
}

}  // namespace

void Background::row(const Picture& picture, int y, ScratchVector<float>& out) const {
    const auto channels = static_cast<std::size_t>(picture.channels);
    out.resize(picture.width * channels);
    if (is_flat()) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = flat_[i % channels];
        return;
    }
    const Between down = between(y, picture.height, rows_);
    // The grid's row at this height, each cell's value carried on as start and slope per pixel.
    const auto value = [&](int column, std::size_t channel) {
        const float upper = cells_[static_cast<std::size_t>(down.low * columns_ + column)][channel];
        const float lower =
            cells_[static_cast<std::size_t>(down.high * columns_ + column)][channel];
        return upper + down.part * (lower - upper);
    };
    const float step = static_cast<float>(columns_) / static_cast<float>(picture.width);
    int x = 0;
    for (int column = -1; column < columns_; ++column) {
        // Pixels between the centres of `column` and the next one.
        const int end = column + 1 == columns_
                            ? static_cast<int>(picture.width)
                            : std::min(static_cast<int>(picture.width),
                                       static_cast<int>(std::ceil(
                                           (static_cast<float>(column) + 1.5f) / step - 0.5f)));
        const int from = std::max(column, 0);
        const int to = std::min(column + 1, columns_ - 1);
        const float first =
            (static_cast<float>(x) + 0.5f) * step - 0.5f - static_cast<float>(column);
        for (std::size_t c = 0; c < channels; ++c) {
            const float start = value(from, c);
            const float slope = (value(to, c) - start) * step;
            float level = start + slope * (first / step);
            for (int i = x; i < end; ++i, level += slope)
                out[static_cast<std::size_t>(i) * channels + c] = level;
        }
        x = std::max(x, end);
    }
}

// Takes what lies close to the present surface for paper and smooths it into the next one.
void Background::refine(const Picture& picture, bool first_pass) {
    const Grid grid(picture);
    const int step = sampling_step(picture);
    const auto channels = static_cast<std::size_t>(picture.channels);
    ScratchVector<float> row_of_surface;
    ScratchVector<std::uint8_t> differences;
    Histogram histogram{};
    for (int y = 0; y < static_cast<int>(picture.height); y += step) {
        row(picture, y, row_of_surface);
        for (int x = 0; x < static_cast<int>(picture.width); x += step) {
            const std::size_t pixel =
                static_cast<std::size_t>(y) * picture.width + static_cast<std::size_t>(x);
            const float* surface = &row_of_surface[static_cast<std::size_t>(x) * channels];
            // The first surface knows luma only.
            const float difference =
                first_pass ? std::fabs(static_cast<float>(luma_of(picture, pixel)) - surface[0])
                           : mean_difference(picture, pixel, surface);
            differences.push_back(static_cast<std::uint8_t>(std::min(255.0f, difference + 0.5f)));
            ++histogram[differences.back()];
        }
    }
    const int threshold = std::max(4, otsu(histogram, differences.size()) * 2 / 3);
    ScratchVector<Cell> cells(grid.size());
    std::size_t sample = 0;
    for (int y = 0; y < static_cast<int>(picture.height); y += step)
        for (int x = 0; x < static_cast<int>(picture.width); x += step) {
            if (differences[sample++] > threshold) continue;
            const std::size_t pixel =
                static_cast<std::size_t>(y) * picture.width + static_cast<std::size_t>(x);
            Cell& cell = cells[grid.cell(x, y)];
            for (std::size_t c = 0; c < channels; ++c)
                cell.sum[c] += picture.pixels[pixel * channels + c];
            cell.weight += 1;
        }
    // Small pictures are mostly stroke: their background must be stiffer.
    const double sigma = picture.width * picture.height > 64 * 64 ? 1.5 : 2.5;
    cells = smooth(cells, grid, sigma);
    for (std::size_t i = 0; i < cells.size(); ++i)
        for (std::size_t c = 0; c < channels && cells[i].weight > 0; ++c)
            cells_[i][c] = static_cast<float>(cells[i].sum[c] / cells[i].weight);
}

std::array<float, 3> Background::median_level(std::size_t channels) const {
    std::array<float, 3> level{};
    ScratchVector<float> levels;
    for (std::size_t c = 0; c < channels; ++c) {
        levels.clear();
        for (const auto& cell : cells_) levels.push_back(cell[c]);
        level[c] = median(levels);
    }
    return level;
}

Background Background::flat(const std::array<float, 3>& level) {
    Background background;
    background.flat_ = level;
    return background;
}

ScratchVector<Background> Background::estimate(const Picture& picture, bool smooth_light) {
    ScratchVector<Background> backgrounds;
    if (const auto flat = flat_background(picture)) {
        backgrounds.push_back(Background::flat(flat->level));
        if (!flat->doubtful) return backgrounds;
    }
    Background& surface = backgrounds.emplace_back();
    const Grid grid(picture);
    surface.columns_ = grid.columns;
    surface.rows_ = grid.rows;
    const ScratchVector<float> medians = cell_medians(picture, grid);
    ScratchVector<float> first;
    if (smooth_light) first = quadratic_surface(medians, grid.columns, grid.rows);
    const bool smooth = !first.empty();
    if (!smooth) first = median_surface(medians, grid);
    for (const float level : first) surface.cells_.push_back({level, level, level});
    for (int pass = 0; pass < kPasses; ++pass) surface.refine(picture, pass == 0);
    // Broad strokes may have bent a surface that follows every place.
    if (smooth_light && !smooth && backgrounds.size() == 1 &&
        picture.width * picture.height <= kMostPixelsToReadAgain) {
        Background guess =
            Background::flat(surface.median_level(static_cast<std::size_t>(picture.channels)));
        guess.guessed_ = true;
        backgrounds.push_back(std::move(guess));
    }
    return backgrounds;
}

}  // namespace digit
