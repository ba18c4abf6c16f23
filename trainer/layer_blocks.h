// SPDX-License-Identifier: Apache-2.0
// The matrices of a layer that back-propagation multiplies.
#pragma once

#include <cstddef>

#include "trainer/aligned.h"
#include "trainer/matrix.h"
#include "trainer/mlp.h"
#include "trainer/team.h"
#include "trainer/vector_ops.h"

namespace digit {

// Rows of a weight matrix whose gradient is made and used at a time: 256 × 784 floats are 800 kB,
// which stay in a second-level cache of today, and every product copies its other factor anew.
inline constexpr int kSlabRows = 256;

// One row for each picture of a batch, of a layer's units or less.
inline Matrix block(AlignedVector<float>& data, int rows, int columns) {
    return {data.data(), rows, columns, padded(columns)};
}

// The weights of some units, from all parameters.
inline ConstMatrix weight_of(const LayerPlace& place, const float* values, Range rows) {
    const float* first =
        values + place.weight + static_cast<std::ptrdiff_t>(rows.begin) * place.fan_in;
    return {first, rows.size(), place.fan_in, place.fan_in};
}

}  // namespace digit
