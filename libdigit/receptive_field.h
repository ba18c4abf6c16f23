// SPDX-License-Identifier: Apache-2.0
// The squares of the picture that units of the first layer see, where they do not see all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libdigit/status.h"
#include "libdigit/weights_view.h"

namespace digit {

// Squares on a grid over the picture, as many as fit, centred, counted row by row, there and back,
// so that the next is always a neighbour. Each is seen by as many units, its channels: of `units`,
// unit u sees field u / (units / fields()). The weights of all other pixels are zero. Source: LeCun
// et al. 1998, section II, of its first layer.
struct ReceptiveField {
    int size = 0;    // pixels a side; 0: every unit sees the whole picture
    int stride = 1;  // pixels from one field to the next

    bool whole_picture() const { return size == 0; }
    int fields() const { return fields_a_side() * fields_a_side(); }
    int fields_a_side() const;
    // Of a field's first pixel, in the row-major picture.
    int left(int field) const;
    int top(int field) const;

    std::string text() const;  // "10,3"

  private:
    int edge_of(int step) const;  // in pixels, of the grid's row or column
};

// From such a text; false, and `field` as it was, where it is no size, 0 to 28, and no stride, 1 to
// 28.
bool parse_receptive_field(std::string_view text, ReceptiveField& field);

// Of a network whose first layer has so many units, by its metadata: "receptive_field"; the whole
// picture where they say nothing. Errors: kWeightsMetadata.
Result<ReceptiveField> receptive_field_of(const Metadata& metadata, int units);

// layer: the first, of 784 inputs; its units can be divided among the fields. Errors: kWeightsValue
// where a weight outside its unit's field is not zero.
Status check_outside_fields(const LayerView& layer, const ReceptiveField& field);

// What 64 neighbouring units see between them, and where their weights lie: pixel after pixel, row
// after row of the window, 64 bytes for each.
struct FieldWindow {
    static constexpr std::size_t kUnits = 64;

    std::uint8_t left = 0;
    std::uint8_t top = 0;
    std::uint8_t width = 0;
    std::uint8_t height = 0;
    std::uint32_t offset = 0;  // bytes before them in the plane

    std::size_t bytes() const { return std::size_t{width} * height * kUnits; }
};

// Of so many units, a multiple of field.fields(); the last window may have fewer than 64.
std::vector<FieldWindow> windows_of(const ReceptiveField& field, int units);

}  // namespace digit
