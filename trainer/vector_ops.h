// SPDX-License-Identifier: Apache-2.0
// The arithmetic between matrix products, vectorised; the vector unit is chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "libdigit/model.h"
#include "trainer/matrix.h"

namespace digit {

// Rows of activations are padded to a multiple of this many floats, and so are arrays with one
// value a column. Operations on columns compute the padding too, which holds zeros.
inline constexpr int kLane = 16;
constexpr int padded(int columns) { return (columns + kLane - 1) / kLane * kLane; }

// z = f(z + bias). bias: one value a column.
void add_bias_and_activate(Activation activation, Matrix z, const float* bias);

// y = f(scale · x̂ + shift); scale and shift: one value a column.
void scale_and_activate(Activation activation, ConstMatrix normalised, const float* scale,
                        const float* shift, Matrix y);

// d = d · ∂a/∂z, where a = f(z), or after drop_units keep_scale · f(z) and 0 for what was dropped.
// keep_scale: 1 without dropout.
void activation_backward(Activation activation, ConstMatrix a, float keep_scale, Matrix d);

// Sets every unit to 0 with probability `drop` and scales the others by 1 / (1 - drop). What is
// drawn depends on the key, the row and the column alone; a's first column is `first_column`.
void drop_units(Matrix a, float drop, std::uint64_t key, int first_column);

// sums[c] = Σ over rows of d[r][c].
void column_sums(ConstMatrix d, float* sums);

// Batch normalisation: z becomes x̂ = (z - mean) / sqrt(variance + kNormEpsilon), column by column.
// Source: Ioffe and Szegedy 2015, algorithm 1.
inline constexpr float kNormEpsilon = 1e-4f;
void normalise(Matrix z, float* mean, float* variance);
// Its two parts, for means and variances that several columns have in common.
void moments(ConstMatrix z, float* mean, float* variance);
void normalise_by(const float* mean, const float* variance, Matrix z);

// d, the loss's gradient by scale · x̂ + shift, becomes the gradient by z; the gradients by scale
// and shift are returned besides. Source: the same, section 3.
void normalise_backward(ConstMatrix normalised, const float* variance, const float* scale, Matrix d,
                        float* scale_gradient, float* shift_gradient);
// Its two parts. along, common: the means of scale · d · x̂ and of scale · d over all that was
// normalised by the same mean and variance.
void normalise_sums(ConstMatrix normalised, ConstMatrix d, float* scale_gradient,
                    float* shift_gradient);
void normalise_backward_by(ConstMatrix normalised, const float* variance, const float* scale,
                           const float* along, const float* common, Matrix d);

// values[i] = exp(values[i]), count a multiple of kLane.
void exponentiate(float* values, std::size_t count);

// out[i] = bytes[i] / 255, or 2 · bytes[i] / 255 - 1 if `centred`.
void bytes_to_input(std::span<const std::uint8_t> bytes, bool centred, float* out);

}  // namespace digit
