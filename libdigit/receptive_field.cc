// SPDX-License-Identifier: Apache-2.0
#include "libdigit/receptive_field.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "libdigit/frame.h"

namespace digit {

int ReceptiveField::fields_a_side() const { return (kInputEdge - size) / stride + 1; }

int ReceptiveField::edge_of(int step) const {
    const int margin = (kInputEdge - size - (fields_a_side() - 1) * stride) / 2;
    return margin + step * stride;
}

int ReceptiveField::left(int field) const {
    const int side = fields_a_side();
    const int step = field % side;
    return edge_of(field / side % 2 == 0 ? step : side - 1 - step);
}

int ReceptiveField::top(int field) const { return edge_of(field / fields_a_side()); }

std::string ReceptiveField::text() const {
    return std::to_string(size) + "," + std::to_string(stride);
}

bool parse_receptive_field(std::string_view text, ReceptiveField& field) {
    const char* end = text.data() + text.size();
    int size = 0, stride = 0;
    const auto [comma, wrong] = std::from_chars(text.data(), end, size);
    if (wrong != std::errc() || comma == end || *comma != ',') return false;
    const auto [rest, wrong_too] = std::from_chars(comma + 1, end, stride);
    if (wrong_too != std::errc() || rest != end) return false;
    if (size < 0 || size > kInputEdge || stride < 1 || stride > kInputEdge) return false;
    field = {size, stride};
    return true;
}

Result<ReceptiveField> receptive_field_of(const Metadata& metadata, int units) {
    constexpr const char* kKey = "receptive_field";
    ReceptiveField field;
    const auto found = metadata.find(kKey);
    if (found == metadata.end()) return field;
    if (!parse_receptive_field(found->second, field))
        return Status{Code::kWeightsMetadata, kKey,
                      "is no size and stride in pixels, such as 10,3"};
    if (!field.whole_picture() && units % field.fields() != 0)
        return Status{Code::kWeightsMetadata, kKey,
                      "makes " + std::to_string(field.fields()) +
                          " fields, among which the first layer's " + std::to_string(units) +
                          " units cannot be divided"};
    return field;
}

namespace {

// A unit's weights; inside: the place of its field's first pixel among them.
template <class Number>
void clear_field(std::array<Number, kInputPixels>& weights, const ReceptiveField& field,
                 int inside) {
    for (int y = 0; y < field.size; ++y)
        std::fill_n(weights.data() + inside + y * kInputEdge, field.size, Number{0});
}

bool are_zero(const TensorValues& values, std::size_t begin, const ReceptiveField& field,
              int inside) {
    std::array<float, kInputPixels> weights;
    values.read(begin, weights);
    clear_field(weights, field, inside);
    // Of a zero nothing but the sign may be set.
    std::uint32_t bits = 0;
    for (const float weight : weights) bits |= std::bit_cast<std::uint32_t>(weight);
    return (bits & 0x7fffffffu) == 0;
}

bool bytes_are_zero(std::span<const std::uint8_t> bytes, const ReceptiveField& field, int inside) {
    static constexpr std::array<std::uint8_t, kInputPixels> kZeros{};
    std::array<std::uint8_t, kInputPixels> weights;
    std::copy_n(bytes.data(), kInputPixels, weights.data());
    clear_field(weights, field, inside);
    return std::memcmp(weights.data(), kZeros.data(), kInputPixels) == 0;
}

}  // namespace

Status check_outside_fields(const LayerView& layer, const ReceptiveField& field) {
    const int channels = layer.outputs / field.fields();
    for (int unit = 0; unit < layer.outputs; ++unit) {
        const int inside = field.top(unit / channels) * kInputEdge + field.left(unit / channels);
        const auto begin = static_cast<std::size_t>(unit) * kInputPixels;
        if (!(layer.whole_numbers()
                  ? bytes_are_zero(layer.weight.bytes.subspan(begin), field, inside)
                  : are_zero(layer.weight, begin, field, inside)))
            return {Code::kWeightsValue, "layers.0.weight",
                    "is not zero outside the receptive field of unit " + std::to_string(unit)};
    }
    return {};
}

std::vector<FieldWindow> windows_of(const ReceptiveField& field, int units) {
    constexpr int kUnits = FieldWindow::kUnits;
    const int channels = units / field.fields();
    std::vector<FieldWindow> windows;
    std::size_t offset = 0;
    for (int first = 0; first < units; first += kUnits) {
        const int last = std::min(first + kUnits, units) - 1;
        int left = kInputEdge, top = kInputEdge, right = 0, bottom = 0;
        for (int f = first / channels; f <= last / channels; ++f) {
            left = std::min(left, field.left(f));
            top = std::min(top, field.top(f));
            right = std::max(right, field.left(f) + field.size);
            bottom = std::max(bottom, field.top(f) + field.size);
        }
        FieldWindow& window = windows.emplace_back();
        window.left = static_cast<std::uint8_t>(left);
        window.top = static_cast<std::uint8_t>(top);
        window.width = static_cast<std::uint8_t>(right - left);
        window.height = static_cast<std::uint8_t>(bottom - top);
        window.offset = static_cast<std::uint32_t>(offset);
        offset += window.bytes();
    }
    return windows;
}

}  // namespace digit
