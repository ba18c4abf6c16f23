// SPDX-License-Identifier: Apache-2.0
#include "trainer/loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libdigit/frame.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

// Keeps the logarithm finite; far below any probability that matters.
constexpr float kTiny = 1e-30f;

}  // namespace

LossSums& LossSums::operator+=(const LossSums& other) {
    loss += other.loss;
    correct += other.correct;
    count += other.count;
    return *this;
}

LossSums softmax_cross_entropy(Matrix logits, ConstMatrix targets,
                               std::span<const std::uint8_t> labels, int batch) {
    LossSums sums;
    const float per_picture = 1.0f / static_cast<float>(batch);
    alignas(64) std::array<float, kLane> e{};
    for (int r = 0; r < logits.rows; ++r) {
        float* row = logits.data + static_cast<std::ptrdiff_t>(r) * logits.stride;
        const float* target = targets.data + static_cast<std::ptrdiff_t>(r) * targets.stride;
        const float* top = std::max_element(row, row + kDigits);
        sums.correct += top - row == labels[static_cast<std::size_t>(r)];
        for (int k = 0; k < kDigits; ++k) e[static_cast<std::size_t>(k)] = row[k] - *top;
        const std::array<float, kLane> shifted = e;
        exponentiate(e.data(), e.size());
        float sum = 0;
        for (int k = 0; k < kDigits; ++k) sum += e[static_cast<std::size_t>(k)];
        const float log_sum = std::log(sum);
        for (int k = 0; k < kDigits; ++k) {
            const auto at = static_cast<std::size_t>(k);
            sums.loss += static_cast<double>(target[k]) *
                         static_cast<double>(std::min(log_sum - shifted[at], -std::log(kTiny)));
            row[k] = (e[at] / sum - target[k]) * per_picture;
        }
    }
    sums.count = logits.rows;
    return sums;
}

}  // namespace digit
