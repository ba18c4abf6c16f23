// SPDX-License-Identifier: Apache-2.0
#include "libdigit/reducer.h"

#include <algorithm>
#include <utility>

#include "libdigit/luma.h"

namespace digit {
namespace {

// round(value × alpha / 255)
std::uint8_t premultiply(unsigned value, unsigned alpha) {
    return static_cast<std::uint8_t>((value * alpha + 127) / 255);
}

// Sums of one cell to its means. With alpha, colour sums hold value × alpha, at most
// 256² × 255² < 2³².
void write_means(const std::uint32_t* sums, int channels, bool alpha, std::uint32_t count,
                 std::uint8_t* out) {
    const std::uint32_t divisor = alpha ? count * 255 : count;
    for (int c = 0; c < channels; ++c)
        out[c] = static_cast<std::uint8_t>((std::uint64_t{sums[c]} + divisor / 2) / divisor);
    if (alpha) out[channels] = static_cast<std::uint8_t>((sums[channels] + count / 2) / count);
}

std::size_t sum_count(const ReducerShape& shape) {
    if (shape.factor == 1) return 0;
    const std::size_t samples = static_cast<std::size_t>(shape.samples());
    return shape.order == RowOrder::kDownwards
               ? shape.width * samples
               : std::size_t{shape.reduced_width()} * shape.reduced_height() * samples;
}

std::size_t pixel_bytes(const ReducerShape& shape) {
    return std::size_t{shape.reduced_width()} * shape.reduced_height() *
           static_cast<std::size_t>(shape.samples());
}

}  // namespace

std::size_t Reducer::memory_bytes(const ReducerShape& shape) {
    return pixel_bytes(shape) + sum_count(shape) * sizeof(std::uint32_t);
}

Reducer::Reducer(const ReducerShape& shape, std::vector<std::uint8_t> memory)
    : shape_(shape), pixels_(std::move(memory)), sums_(sum_count(shape)) {
    pixels_.assign(pixel_bytes(shape), 0);
}

void Reducer::add_row(const std::uint8_t* row) noexcept {
    if (shape_.factor == 1) {
        add_pixels(0, next_row_++, 1, shape_.width, row);
        return;
    }
    sum_row(row);
    ++next_row_;
    if (next_row_ % shape_.factor == 0 || next_row_ == shape_.height) fold_columns();
}

void Reducer::sum_row(const std::uint8_t* row) noexcept {
    std::uint32_t* sums = sums_.data();
    const std::size_t count = sums_.size();
    if (!shape_.alpha) {
        for (std::size_t i = 0; i < count; ++i) sums[i] += row[i];
        return;
    }
    const std::size_t channels = static_cast<std::size_t>(shape_.channels);
    for (std::size_t i = 0; i < count; i += channels + 1) {
        const std::uint32_t alpha = row[i + channels];
        for (std::size_t c = 0; c < channels; ++c) sums[i + c] += row[i + c] * alpha;
        sums[i + channels] += alpha;
    }
}

// The cell row in hand is complete: its column sums become cells.
void Reducer::fold_columns() noexcept {
    const std::uint32_t cell_y = (next_row_ - 1) / shape_.factor;
    const std::uint32_t rows = next_row_ - cell_y * shape_.factor;
    const int samples = shape_.samples();
    std::uint8_t* out = pixels_.data() + std::size_t{cell_y} * shape_.reduced_width() *
                                             static_cast<unsigned>(samples);
    const std::uint32_t* column = sums_.data();
    for (std::uint32_t x = 0; x < shape_.width; x += shape_.factor) {
        const std::uint32_t columns = std::min(shape_.factor, shape_.width - x);
        std::uint32_t cell[4] = {};
        for (std::uint32_t i = 0; i < columns; ++i)
            for (int s = 0; s < samples; ++s) cell[s] += *column++;
        write_means(cell, shape_.channels, shape_.alpha, rows * columns, out);
        out += samples;
    }
    std::fill(sums_.begin(), sums_.end(), 0u);
}

void Reducer::add_pixels(std::uint32_t x, std::uint32_t y, std::uint32_t step, std::uint32_t count,
                         const std::uint8_t* pixels) noexcept {
    const std::size_t channels = static_cast<std::size_t>(shape_.channels);
    const std::size_t samples = static_cast<std::size_t>(shape_.samples());
    const std::size_t row = std::size_t{y / shape_.factor} * shape_.reduced_width();
    if (shape_.factor == 1) {
        std::uint8_t* out = pixels_.data() + (row + x) * samples;
        if (step == 1 && !shape_.alpha) {
            std::copy_n(pixels, count * samples, out);
            return;
        }
        for (; count > 0; --count, pixels += samples, out += step * samples) {
            const unsigned alpha = shape_.alpha ? pixels[channels] : 255;
            for (std::size_t c = 0; c < channels; ++c) out[c] = premultiply(pixels[c], alpha);
            if (shape_.alpha) out[channels] = pixels[channels];
        }
        return;
    }
    std::uint32_t* cell = sums_.data() + (row + x / shape_.factor) * samples;
    std::uint32_t within = x % shape_.factor;
    for (; count > 0; --count, pixels += samples) {
        const std::uint32_t weight = shape_.alpha ? pixels[channels] : 1;
        for (std::size_t c = 0; c < channels; ++c) cell[c] += pixels[c] * weight;
        if (shape_.alpha) cell[channels] += weight;
        for (within += step; within >= shape_.factor; within -= shape_.factor) cell += samples;
    }
}

void Reducer::average_cells() {
    const int samples = shape_.samples();
    const std::uint32_t* cell = sums_.data();
    std::uint8_t* out = pixels_.data();
    for (std::uint32_t y = 0; y < shape_.height; y += shape_.factor) {
        const std::uint32_t rows = std::min(shape_.factor, shape_.height - y);
        for (std::uint32_t x = 0; x < shape_.width; x += shape_.factor) {
            const std::uint32_t columns = std::min(shape_.factor, shape_.width - x);
            write_means(cell, shape_.channels, shape_.alpha, rows * columns, out);
            cell += samples;
            out += samples;
        }
    }
}

// Composes over the background in place, dropping the alpha samples.
void Reducer::compose() {
    const std::size_t channels = static_cast<std::size_t>(shape_.channels);
    const std::size_t cells = pixels_.size() / (channels + 1);
    std::uint64_t light = 0;
    std::uint64_t opaque = 0;
    const std::uint8_t* in = pixels_.data();
    for (std::size_t i = 0; i < cells; ++i, in += channels + 1) {
        light += channels == 1 ? in[0] : luma(in[0], in[1], in[2]);
        opaque += in[channels];
    }
    // light / opaque is the mean luma in units of 255; below one half it is nearer to black.
    const bool white = 2 * light <= opaque;
    in = pixels_.data();
    std::uint8_t* out = pixels_.data();
    for (std::size_t i = 0; i < cells; ++i, in += channels + 1) {
        const unsigned background = white ? 255u - in[channels] : 0u;
        for (std::size_t c = 0; c < channels; ++c)
            *out++ = static_cast<std::uint8_t>(std::min(255u, in[c] + background));
    }
    pixels_.resize(cells * channels);
}

std::vector<std::uint8_t> Reducer::finish() {
    if (shape_.order == RowOrder::kAny && shape_.factor > 1) average_cells();
    if (shape_.alpha) compose();
    return std::move(pixels_);
}

}  // namespace digit
