// SPDX-License-Identifier: Apache-2.0
#include "libdigit/pack_layer.h"

#include <algorithm>
#include <bit>
#include <cmath>
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

// Writes one column of the tile; the result is the sum of its codes. weights: whole numbers.
std::int64_t store_whole(std::span<const float> weights, std::size_t column, Tile& tile) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        tile.high[i][column] = static_cast<std::int8_t>(weights[i]);
        sum += tile.high[i][column] * 256;
    }
    return sum;
}

// The same of others.
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

// Where the bytes of 64 outputs for one input lie in a plane.
class Places {
  public:
    Places(std::span<const FieldWindow> windows, std::size_t stride)
        : windows_(windows), stride_(stride) {}

    static constexpr std::size_t kNone = SIZE_MAX;

    // kNone: outside the window.
    std::size_t of(std::size_t input, std::size_t first_output) const {
        if (windows_.empty()) return input * stride_ + first_output;
        const FieldWindow& window = windows_[first_output / kTileOutputs];
        const std::size_t y = input / kInputEdge - window.top;  // wraps above and left of it
        const std::size_t x = input % kInputEdge - window.left;
        if (y >= window.height || x >= window.width) return kNone;
        return window.offset + (y * window.width + x) * kTileOutputs;
    }

  private:
    std::span<const FieldWindow> windows_;
    std::size_t stride_;
};

}  // namespace

void pack_layer(const LayerView& from, bool after_tanh, const PackedLayer& to) {
    const auto inputs = static_cast<std::size_t>(from.inputs);
    const auto outputs = static_cast<std::size_t>(from.outputs);
    const std::size_t stride = packed_stride(from.outputs);
    const Places places(to.windows, stride);
    const bool whole = from.whole_numbers();
    from.bias.read(0, {to.bias, outputs});
    if (whole) from.scale.read(0, {to.scale, outputs});
    std::vector<float> weights(std::min(kTileOutputs, outputs) * inputs);
    std::vector<std::int64_t> sums(outputs);
    for (std::size_t first = 0; first < outputs; first += kTileOutputs) {
        const std::size_t count = std::min(kTileOutputs, outputs - first);
        from.weight.read(first * inputs, {weights.data(), count * inputs});
        for (std::size_t o = 0; o < count && !whole; ++o)
            to.scale[first + o] = largest_magnitude({weights.data() + o * inputs, inputs}) / 127;
        Tile tile{};
        for (std::size_t i = 0; i < inputs; i += kTileInputs) {
            const std::size_t rows = std::min(kTileInputs, inputs - i);
            for (std::size_t o = 0; o < count; ++o) {
                const float scale = to.scale[first + o];
                if (scale == 0) continue;  // the tile's column is zero already
                const std::span<const float> column{weights.data() + o * inputs + i, rows};
                sums[first + o] +=
                    whole ? store_whole(column, o, tile) : store_codes(column, scale, o, tile);
            }
            for (std::size_t row = 0; row < rows; ++row) {
                const std::size_t at = places.of(i + row, first);
                if (at == Places::kNone) continue;
                std::copy_n(tile.high[row], kTileOutputs, to.high + at);
                if (!whole) std::copy_n(tile.low[row], kTileOutputs, to.low + at);
            }
        }
    }
    if (!after_tanh) return;
    for (std::size_t o = 0; o < outputs; ++o)
        to.bias[o] -= static_cast<float>(static_cast<double>(sums[o]) / 256 *
                                         static_cast<double>(to.scale[o]) *
                                         static_cast<double>(Model::kTanhZero / Model::kTanhUnits));
}

}  // namespace digit
