// SPDX-License-Identifier: Apache-2.0
#include "libdigit/receptive_field.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace digit {

int ReceptiveField::fields_a_side() const { return (edge - size) / stride + 1; }

int ReceptiveField::edge_of(int step) const {
    const int margin = (edge - size - (fields_a_side() - 1) * stride) / 2;
    return margin + step * stride;
}

int ReceptiveField::left(int field) const {
    const int side = fields_a_side();
    const int step = field % side;
    return edge_of(field / side % 2 == 0 ? step : side - 1 - step);
}

int ReceptiveField::top(int field) const { return edge_of(field / fields_a_side()); }

std::string text_of(std::span<const ReceptiveField> fields) {
    std::string text;
    for (const ReceptiveField& field : fields)
        text += (text.empty() ? "" : "/") + std::to_string(field.size) + "," +
                std::to_string(field.stride);
    return text.empty() ? "0,1" : text;
}

namespace {

bool parse_field(std::string_view text, ReceptiveField& field) {
    const char* end = text.data() + text.size();
    int size = 0, stride = 0;
    const auto [comma, wrong] = std::from_chars(text.data(), end, size);
    if (wrong != std::errc() || comma == end || *comma != ',') return false;
    const auto [rest, wrong_too] = std::from_chars(comma + 1, end, stride);
    if (wrong_too != std::errc() || rest != end) return false;
    if (size < 0 || size > kInputEdge || stride < 1 || stride > kInputEdge) return false;
    field.size = size;
    field.stride = stride;
    return true;
}

}  // namespace

bool parse_receptive_fields(std::string_view text, std::vector<ReceptiveField>& fields) {
    std::vector<ReceptiveField> parsed;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t slash = std::min(text.find('/', begin), text.size());
        if (!parse_field(text.substr(begin, slash - begin), parsed.emplace_back())) return false;
        begin = slash + 1;
    }
    const bool none = parsed.size() == 1 && parsed.front().sees_all();
    if (!none && std::any_of(parsed.begin(), parsed.end(),
                             [](const ReceptiveField& field) { return field.sees_all(); }))
        return false;
    fields = none ? std::vector<ReceptiveField>() : std::move(parsed);
    return true;
}

Result<std::vector<ReceptiveField>> fit_receptive_fields(std::vector<ReceptiveField> fields,
                                                         std::span<const int> units) {
    const auto wrong = [](const std::string& detail) {
        return Status{Code::kWeightsMetadata, "receptive_field", detail};
    };
    if (fields.size() > units.size())
        return wrong("is of " + std::to_string(fields.size()) + " layers; there are " +
                     std::to_string(units.size()));
    ReceptiveField below;  // as what lies below the first layer
    for (std::size_t l = 0; l < fields.size(); ++l) {
        ReceptiveField& field = fields[l];
        field.edge = below.edge;
        field.depth = below.depth;
        field.winding = below.winding;
        if (field.size > field.edge)
            return wrong("is larger than the " + std::to_string(field.edge) +
                         " places a side that layer " + std::to_string(l) + " sees");
        if (units[l] % field.fields() != 0)
            return wrong("makes " + std::to_string(field.fields()) + " fields, among which the " +
                         std::to_string(units[l]) + " units of layer " + std::to_string(l) +
                         " cannot be divided");
        below.edge = field.fields_a_side();
        below.depth = units[l] / field.fields();
        below.winding = true;
    }
    return fields;
}

Result<std::vector<ReceptiveField>> receptive_fields_of(const Metadata& metadata,
                                                        std::span<const int> units) {
    constexpr const char* kKey = "receptive_field";
    std::vector<ReceptiveField> fields;
    const auto found = metadata.find(kKey);
    if (found == metadata.end()) return fields;
    if (!parse_receptive_fields(found->second, fields))
        return Status{Code::kWeightsMetadata, kKey,
                      "is no size and stride, such as 10,3, or several, such as 5,2/4,2"};
    return fit_receptive_fields(std::move(fields), units);
}

namespace {

// Neighbouring inputs, one at least, that no unit of a field sees, between those that all of them
// see.
struct Gap {
    std::size_t begin;
    std::size_t end;
};

std::vector<Gap> gaps_of(const ReceptiveField& field, int which, std::size_t inputs) {
    std::vector<Gap> gaps;
    std::size_t seen = 0;
    for (int row = 0; row < field.size; ++row) {
        const auto begin = static_cast<std::size_t>(field.first_input_of_field_row(which, row));
        if (begin > seen) gaps.push_back({seen, begin});
        seen = begin + static_cast<std::size_t>(field.inputs_of_row());
    }
    if (inputs > seen) gaps.push_back({seen, inputs});
    return gaps;
}

bool are_zero(const TensorValues& values, std::size_t begin, std::size_t end,
              std::vector<float>& room) {
    room.resize(end - begin);
    values.read(begin, room);
    // Of a zero nothing but the sign may be set.
    std::uint32_t bits = 0;
    for (const float weight : room) bits |= std::bit_cast<std::uint32_t>(weight);
    return (bits & 0x7fffffffu) == 0;
}

bool bytes_are_zero(std::span<const std::uint8_t> bytes) {
    return bytes.empty() || (bytes.front() == 0 &&
                             std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

Status check_outside_fields(const LayerView& layer, const ReceptiveField& field,
                            const std::string& layer_name) {
    if (layer.inputs_seen != 0) return {};  // there are none
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const int channels = layer.outputs / field.fields();
    std::vector<Gap> gaps;
    std::vector<float> room;
    for (int unit = 0; unit < layer.outputs; ++unit) {
        if (unit % channels == 0) gaps = gaps_of(field, unit / channels, inputs);
        const std::size_t row = static_cast<std::size_t>(unit) * inputs;
        for (const Gap& gap : gaps) {
            if (layer.whole_numbers()
                    ? bytes_are_zero(
                          layer.weight.bytes.subspan(row + gap.begin, gap.end - gap.begin))
                    : are_zero(layer.weight, row + gap.begin, row + gap.end, room))
                continue;
            return {Code::kWeightsValue, layer_name + ".weight",
                    "is not zero outside the receptive field of unit " + std::to_string(unit)};
        }
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
        int left = field.edge, top = field.edge, right = 0, bottom = 0;
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
        offset += window.bytes(field.depth);
    }
    return windows;
}

}  // namespace digit
