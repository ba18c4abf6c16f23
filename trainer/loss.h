// SPDX-License-Identifier: Apache-2.0
// Softmax and cross-entropy.
#pragma once

#include <cstdint>
#include <span>

#include "trainer/matrix.h"

namespace digit {

// Over the pictures of a batch or an epoch.
struct LossSums {
    double loss = 0;
    std::int64_t correct = 0;
    std::int64_t count = 0;

    LossSums& operator+=(const LossSums& other);
};

// Replaces each row of `logits` by the gradient of the mean loss over `batch` pictures by it, and
// returns the sums over the rows. targets: rows × 10 probabilities. labels: one a row, for
// counting what is correct. The rows of `logits` are padded to kLane floats.
// Source: Bishop, PRML §5.2; softmax shifted by its maximum.
LossSums softmax_cross_entropy(Matrix logits, ConstMatrix targets,
                               std::span<const std::uint8_t> labels, int batch);

}  // namespace digit
