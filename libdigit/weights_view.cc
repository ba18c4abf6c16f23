// SPDX-License-Identifier: Apache-2.0
#include "libdigit/weights_view.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "libdigit/half.h"

namespace digit {
namespace {

template <class Bits>
Bits bits_at(const std::uint8_t* bytes, std::size_t index) {
    Bits bits;
    std::memcpy(&bits, bytes + index * sizeof(Bits), sizeof(Bits));
    return bits;
}

// Whether no number has all bits of its exponent set.
template <class Bits>
bool none_has(Bits exponent, std::span<const std::uint8_t> bytes) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < bytes.size() / sizeof(Bits); ++i)
        found += (bits_at<Bits>(bytes.data(), i) & exponent) == exponent;
    return found == 0;
}

}  // namespace

void TensorValues::read(std::size_t first, std::span<float> out) const {
    const std::uint8_t* from = bytes.data() + first * dtype_bytes(dtype);
    switch (dtype) {
        case Dtype::kF32:
            std::memcpy(out.data(), from, out.size_bytes());
            break;
        case Dtype::kF16:
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = float_from_half(bits_at<std::uint16_t>(from, i));
            break;
        case Dtype::kBf16:
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = std::bit_cast<float>(std::uint32_t{bits_at<std::uint16_t>(from, i)} << 16);
            break;
        case Dtype::kI8:
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = bits_at<std::int8_t>(from, i);
            break;
    }
}

bool TensorValues::all_finite() const {
    switch (dtype) {
        case Dtype::kF32:
            return none_has<std::uint32_t>(0x7f800000, bytes);
        case Dtype::kF16:
            return none_has<std::uint16_t>(0x7c00, bytes);
        case Dtype::kBf16:
            return none_has<std::uint16_t>(0x7f80, bytes);
        case Dtype::kI8:
            return true;
    }
    return false;
}

void LayerView::read_weights(std::size_t first, std::span<float> out) const {
    const std::size_t row = weights_of_output();
    weight.read(first * row, out);
    if (!whole_numbers()) return;
    std::vector<float> scales(out.size() / row);
    scale.read(first, scales);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= scales[i / row];
}

}  // namespace digit
