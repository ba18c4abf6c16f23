// SPDX-License-Identifier: Apache-2.0
// The forward pass of a multi-layer perceptron.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libdigit/model.h"

namespace digit {

// Scratch space of one thread's forward passes; grows to the widest network seen. What it holds is
// forward()'s own business.
struct ForwardScratch {
    std::vector<float> activations;
    std::vector<float> active_values;
    std::vector<std::uint32_t> active_rows;
};

// Forward pass over `count` pictures. pixels: count × 784 floats in [0, 1], row-major 28×28,
// ink = 1. probabilities: count × 10, index = digit, each ten sum to 1 ± 1e-5. The vector unit is
// chosen at run time; the result differs from forward_plain by at most 1e-4.
// Thread-safe with a scratch of one's own; allocates only when the scratch grows.
// Source: Bishop, PRML §5.1; softmax shifted by its maximum.
void forward(const Model& model, std::span<const float> pixels, std::size_t count,
             std::span<float> probabilities, ForwardScratch& scratch);

// The same in plain loops and double precision: the oracle of the tests.
void forward_plain(const Model& model, std::span<const float> pixels, std::size_t count,
                   std::span<float> probabilities);

}  // namespace digit
