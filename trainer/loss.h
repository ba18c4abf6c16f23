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
    std::int64_t labelled = 0;  // that show a digit
    std::int64_t count = 0;

    LossSums& operator+=(const LossSums& other);
};

// What a teacher says of the same pictures; see Teachers.
struct SoftTargets {
    ConstMatrix probabilities;  // rows × 10, softened by the temperature
    float temperature = 1;
    float weight = 0;  // of the cross-entropy with them; the labels' has the rest
};

// Replaces each row of `logits` by the gradient of the mean loss over `batch` pictures by it, and
// returns the sums over the rows. targets: rows × 10 probabilities. labels: one a row, for
// counting what is correct; 10 or more where there is no digit. The rows of all matrices are padded
// to kLane floats. Source: Bishop, PRML §5.2; softmax shifted by its maximum. With soft targets q,
// the loss is (1 - weight) · H(t, softmax z) + weight · temperature² · H(q, softmax(z /
// temperature)).
LossSums softmax_cross_entropy(Matrix logits, ConstMatrix targets, const SoftTargets& soft,
                               std::span<const std::uint8_t> labels, int batch);

// Replaces the first 10 of the kLane floats by their softmax, the rest by 0. Returns the logarithm
// of the sum of the exponentials.
float softmax_row(float* row);

}  // namespace digit
