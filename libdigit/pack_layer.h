// SPDX-License-Identifier: Apache-2.0
// From a layer as a file holds it to the arrays of Model::Layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "libdigit/receptive_field.h"
#include "libdigit/weights_view.h"

namespace digit {

// The arrays of one Model::Layer before anything is in them: zeros.
struct PackedLayer {
    std::span<const FieldWindow> windows;  // empty: all outputs have all inputs
    ReceptiveField field;                  // of each output, where it does not see everything
    std::int8_t* high;
    std::int8_t* low;  // null for whole numbers
    float* scale;
    float* bias;
};

// outputs, padded to whole cache lines and AVX-512 registers.
inline std::size_t packed_stride(int outputs) {
    return (static_cast<std::size_t>(outputs) + 63) / 64 * 64;
}

// after_tanh: the layer's inputs are given as kTanhZero and kTanhUnits say. All values are finite.
// Weights outside the windows are zero. Throws std::bad_alloc.
void pack_layer(const LayerView& from, bool after_tanh, const PackedLayer& to);

}  // namespace digit
