// SPDX-License-Identifier: Apache-2.0
#include "libdigit/pack_layer.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/model.h"

namespace digit {
namespace {

constexpr double kMostCode = 127 * 256;  // of a 16-bit weight, so that its high byte is at most 127

// Packed at a time: a cache line of each plane's row, of so many rows that both stay in the first
// cache.
constexpr std::size_t kTileOutputs = FieldWindow::kUnits;
constexpr std::size_t kTileInputs = 64;

struct Tile {
    std::int8_t high[kTileInputs][kTileOutputs];
    std::int8_t low[kTileInputs][kTileOutputs];
};

float largest_magnitude(std::span<const float> weights) {
    // Without their signs, floats and their bits have the same order.
    std::uint32_t largest = 0;
    for (const float w : weights)
        largest = std::max(largest, std::bit_cast<std::uint32_t>(w) & 0x7fffffffu);
    return std::bit_cast<float>(largest);
}

// The nearest whole number, of two the even one. value: at most 2³¹ either way.
int nearest(double value) {
    // So large that its last bit is worth one: the sum's low bits are the number.
    constexpr double kOnes = 0x1.8p52;
    return static_cast<int>(
        static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(value + kOnes)));
}

// Writes one column of the tile; the result is the sum of its codes.
std::int64_t store_whole(std::span<const std::uint8_t> weights, std::size_t column, Tile& tile) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        tile.high[i][column] = static_cast<std::int8_t>(weights[i]);
        sum += tile.high[i][column];
    }
    return sum * 256;
}

std::int64_t store_codes(std::span<const float> weights, float scale, std::size_t column,
                         Tile& tile) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        // A scale so small that it has lost bits may be too small by half.
        const double exact = static_cast<double>(weights[i]) / static_cast<double>(scale) * 256;
        const int code = nearest(std::clamp(exact, -kMostCode, kMostCode));
        const int upper = (code + 128) >> 8;
        tile.high[i][column] = static_cast<std::int8_t>(upper);
        tile.low[i][column] = static_cast<std::int8_t>(code - upper * 256);
        sum += code;
    }
    return sum;
}

// Neighbouring inputs, at most kTileInputs, and where a plane has the bytes of 64 outputs for them.
struct Run {
    std::size_t input = 0;  // the first
    std::size_t count = 0;
    std::size_t place = 0;  // of the first input's bytes
    std::size_t step = 0;   // from there to the next's
};

// All inputs that the plane has bytes for, of 64 outputs.
std::vector<Run> runs_of(const PackedLayer& to, std::size_t inputs, std::size_t stride,
                         std::size_t first_output) {
    std::vector<Run> runs;
    if (to.windows.empty()) {
        for (std::size_t i = 0; i < inputs; i += kTileInputs)
            runs.push_back(
                {i, std::min(kTileInputs, inputs - i), i * stride + first_output, stride});
        return runs;
    }
    const FieldWindow& window = to.windows[first_output / kTileOutputs];
    const std::size_t in_row = window.width * static_cast<std::size_t>(to.field.depth);
    for (int y = 0; y < window.height; ++y) {
        const auto begin = static_cast<std::size_t>(
            to.field.first_input_of_row(window.left, window.top + y, window.width));
        const std::size_t place =
            window.offset + static_cast<std::size_t>(y) * in_row * kTileOutputs;
        for (std::size_t i = 0; i < in_row; i += kTileInputs)
            runs.push_back({begin + i, std::min(kTileInputs, in_row - i), place + i * kTileOutputs,
                            kTileOutputs});
    }
    return runs;
}

// The weights of at most 64 outputs at a time, tile by tile.
class Packer {
  public:
    Packer(const LayerView& from, const PackedLayer& to)
        : from_(from),
          to_(to),
          inputs_(static_cast<std::size_t>(from.inputs)),
          stride_(packed_stride(from.outputs)) {}

    // sums: of their codes; as many outputs are packed.
    void pack(std::size_t first, std::span<std::int64_t> sums) {
        if (from_.whole_numbers())
            read_whole(first, sums.size());
        else
            read(first, sums.size());
        Tile tile{};
        for (const Run& run : runs_of(to_, inputs_, stride_, first)) {
            for (std::size_t o = 0; o < sums.size(); ++o) {
                // Without a scale the tile's column is zero already.
                if (to_.scale[first + o] != 0) sums[o] += store(first, o, run, tile);
            }
            for (std::size_t i = 0; i < run.count; ++i) {
                const std::size_t at = run.place + i * run.step;
                std::copy_n(tile.high[i], kTileOutputs, to_.high + at);
                if (to_.low != nullptr) std::copy_n(tile.low[i], kTileOutputs, to_.low + at);
            }
        }
    }

  private:
    void read_whole(std::size_t first, std::size_t count) {
        const std::size_t row = from_.weights_of_output();
        whole_numbers_ = from_.weight.bytes.subspan(first * row, count * row);
        if (from_.inputs_seen != 0)
            whole_numbers_ = of_all_inputs(whole_numbers_, first, spread_whole_);
    }

    void read(std::size_t first, std::size_t count) {
        const std::size_t row = from_.weights_of_output();
        read_.resize(count * row);
        from_.weight.read(first * row, read_);
        weights_ = read_;
        if (from_.inputs_seen != 0) weights_ = of_all_inputs(weights_, first, spread_);
        for (std::size_t o = 0; o < count; ++o)
            to_.scale[first + o] = largest_magnitude({read_.data() + o * row, row}) / 127;
    }

    // rows: what outputs see, from `first` on. The result lies in `spread`.
    template <class T>
    std::span<const T> of_all_inputs(std::span<const T> rows, std::size_t first,
                                     std::vector<T>& spread) const {
        const std::size_t row = from_.weights_of_output();
        const std::size_t count = rows.size() / row;
        const std::size_t channels = static_cast<std::size_t>(from_.outputs / to_.field.fields());
        spread.assign(count * inputs_, 0);
        for (std::size_t o = 0; o < count; ++o)
            spread_over_inputs(to_.field, static_cast<int>((first + o) / channels),
                               rows.data() + o * row, spread.data() + o * inputs_);
        return spread;
    }

    std::int64_t store(std::size_t first, std::size_t o, const Run& run, Tile& tile) const {
        const std::size_t begin = o * inputs_ + run.input;
        if (from_.whole_numbers())
            return store_whole(whole_numbers_.subspan(begin, run.count), o, tile);
        return store_codes(weights_.subspan(begin, run.count), to_.scale[first + o], o, tile);
    }

    const LayerView& from_;
    const PackedLayer& to_;
    std::size_t inputs_;
    std::size_t stride_;
    // Of the outputs at hand and all inputs, one of the two: where `from` has them, or below.
    std::span<const std::uint8_t> whole_numbers_;
    std::span<const float> weights_;
    std::vector<std::uint8_t> spread_whole_;
    std::vector<float> read_;
    std::vector<float> spread_;
};

}  // namespace

void pack_layer(const LayerView& from, bool after_tanh, const PackedLayer& to) {
    const auto outputs = static_cast<std::size_t>(from.outputs);
    from.bias.read(0, {to.bias, outputs});
    if (from.whole_numbers()) from.scale.read(0, {to.scale, outputs});
    Packer packer(from, to);
    std::vector<std::int64_t> sums(outputs);
    for (std::size_t first = 0; first < outputs; first += kTileOutputs)
        packer.pack(first, std::span(sums).subspan(first, std::min(kTileOutputs, outputs - first)));
    if (!after_tanh) return;
    for (std::size_t o = 0; o < outputs; ++o)
        to.bias[o] -= static_cast<float>(static_cast<double>(sums[o]) / 256 *
                                         static_cast<double>(to.scale[o]) *
                                         static_cast<double>(Model::kTanhZero / Model::kTanhUnits));
}

}  // namespace digit
