// SPDX-License-Identifier: Apache-2.0
// What a convolution does besides its matrix product. Pictures are edge × edge × channels floats,
// row-major, channels innermost; bordered ones have a frame of zeros, (edge + 2) × (edge + 2).
#pragma once

#include <cstddef>

namespace digit {

inline constexpr std::size_t bordered_floats(int edge, int channels) {
    return static_cast<std::size_t>(edge + 2) * static_cast<std::size_t>(edge + 2) *
           static_cast<std::size_t>(channels);
}

// Copies a picture into a bordered one, whose border stays as it is.
void put_into_border(const float* picture, int edge, int channels, float* bordered);

// The maximum of every 2×2 of a picture, (edge / 2)² × channels; a last odd row or column is left
// out. channels: a multiple of kLane.
void pool(const float* picture, int edge, int channels, float* pooled);

// The gradient of pool() of ReLU's outputs `picture`, by what went into ReLU: a pooled pixel's
// gradient goes to the first of its four that equals the maximum, if that is above 0. (Blank paper
// is full of equals.)
void pool_backward(const float* picture, const float* pooled_gradient, int edge, int channels,
                   float* gradient);

}  // namespace digit
