// SPDX-License-Identifier: Apache-2.0
// The squares that units of a layer see, where they do not see all of what lies below.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/status.h"
#include "libdigit/weights_view.h"

namespace digit {

// Squares on a grid over the picture, or over the fields of the layer below; as many as fit,
// centred, counted row by row, there and back, so that the next is always a neighbour. Each is seen
// by as many units, its channels: of `units`, unit u sees field u / (units / fields()). The weights
// of all other inputs are zero. Source: LeCun et al. 1998, section II; where the stride is more
// than one, no layer of means or maxima follows (Springenberg et al. 2015).
struct ReceptiveField {
    int size = 0;    // places a side; 0: every unit sees everything
    int stride = 1;  // places from one field to the next

    // What lies below: edge × edge places, of `depth` inputs each.
    int edge = kInputEdge;  // a pixel is a place
    int depth = 1;
    bool winding = false;  // the places are counted there and back, as fields are

    bool sees_all() const { return size == 0; }
    int fields() const { return fields_a_side() * fields_a_side(); }
    int fields_a_side() const;
    // Of a field's first place.
    int left(int field) const;
    int top(int field) const;
    int inputs_of_field() const { return size * size * depth; }
    int inputs_below() const { return edge * edge * depth; }
    // Of a place: inputs from there on are its own.
    int first_input(int x, int y) const {
        return (y * edge + (winding && y % 2 != 0 ? edge - 1 - x : x)) * depth;
    }
    // Of `width` neighbouring places, whose inputs are neighbours too, the least.
    int first_input_of_row(int x, int y, int width) const {
        return first_input(winding && y % 2 != 0 ? x + width - 1 : x, y);
    }
    // A field's inputs, in their order, are so many neighbours for each row of its places.
    int inputs_of_row() const { return size * depth; }
    int first_input_of_field_row(int field, int row) const {
        return first_input_of_row(left(field), top(field) + row, size);
    }

  private:
    int edge_of(int step) const;  // in places, of the grid's row or column
};

// "10,3", or for the first layer, the second, …: "5,2/4,2/3,1"; "0,1" where there are none.
std::string text_of(std::span<const ReceptiveField> fields);

// From such a text, but for what lies below; false, and `fields` as they were, where one has no
// size, 0 to 28, and no stride, 1 to 28.
bool parse_receptive_fields(std::string_view text, std::vector<ReceptiveField>& fields);

// The same with what lies below each, for the first layers of a network whose layers have so many
// units. Errors: kWeightsMetadata.
Result<std::vector<ReceptiveField>> fit_receptive_fields(std::vector<ReceptiveField> fields,
                                                         std::span<const int> units);

// Of a network whose layers have so many units, by its metadata: "receptive_field"; none where they
// say nothing. Errors: kWeightsMetadata.
Result<std::vector<ReceptiveField>> receptive_fields_of(const Metadata& metadata,
                                                        std::span<const int> units);

// From a unit's weights of the inputs of its field, in their order, to those of all inputs, of
// which the others stay as they are.
template <class T>
void spread_over_inputs(const ReceptiveField& field, int which, const T* seen, T* all) {
    for (int row = 0; row < field.size; ++row, seen += field.inputs_of_row())
        std::copy_n(seen, field.inputs_of_row(), all + field.first_input_of_field_row(which, row));
}

// The reverse.
template <class T>
void gather_from_inputs(const ReceptiveField& field, int which, const T* all, T* seen) {
    for (int row = 0; row < field.size; ++row)
        seen = std::copy_n(all + field.first_input_of_field_row(which, row), field.inputs_of_row(),
                           seen);
}

// Errors: kWeightsValue where one of the layer's weights outside its unit's field is not zero.
Status check_outside_fields(const LayerView& layer, const ReceptiveField& field,
                            const std::string& layer_name);

// What 64 neighbouring units see between them, and where their weights lie: input after input of a
// row of places, as they are counted, row after row of the window, 64 bytes for each.
struct FieldWindow {
    static constexpr std::size_t kUnits = 64;

    std::uint8_t left = 0;
    std::uint8_t top = 0;
    std::uint8_t width = 0;
    std::uint8_t height = 0;
    std::uint32_t offset = 0;  // bytes before them in the plane

    std::size_t bytes(int depth) const {
        return std::size_t{width} * height * static_cast<std::size_t>(depth) * kUnits;
    }
};

// Of so many units, a multiple of field.fields(); the last window may have fewer than 64.
std::vector<FieldWindow> windows_of(const ReceptiveField& field, int units);

}  // namespace digit
