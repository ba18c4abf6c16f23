// SPDX-License-Identifier: Apache-2.0
#include "trainer/loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libdigit/frame.h"
#include "trainer/vector_ops.h"

namespace digit {

LossSums& LossSums::operator+=(const LossSums& other) {
    loss += other.loss;
    correct += other.correct;
    labelled += other.labelled;
    count += other.count;
    return *this;
}

float softmax_row(float* row) {
    const float top = *std::max_element(row, row + kDigits);
    for (int k = 0; k < kDigits; ++k) row[k] -= top;
    std::fill(row + kDigits, row + kLane, 0.0f);
    exponentiate(row, kLane);
    float sum = 0;
    for (int k = 0; k < kDigits; ++k) sum += row[k];
    for (int k = 0; k < kDigits; ++k) row[k] /= sum;
    std::fill(row + kDigits, row + kLane, 0.0f);
    return top + std::log(sum);
}

LossSums softmax_cross_entropy(Matrix logits, ConstMatrix targets, const SoftTargets& soft,
                               std::span<const std::uint8_t> labels, int batch) {
    LossSums sums;
    const float per_picture = 1.0f / static_cast<float>(batch);
    const float hard_scale = (1 - soft.weight) * per_picture;
    const float soft_scale = soft.weight * soft.temperature * per_picture;
    alignas(64) std::array<float, kLane> hard_p{}, soft_p{};
    for (int r = 0; r < logits.rows; ++r) {
        float* z = logits.data + static_cast<std::ptrdiff_t>(r) * logits.stride;
        const float* t = targets.data + static_cast<std::ptrdiff_t>(r) * targets.stride;
        sums.correct += std::max_element(z, z + kDigits) - z == labels[static_cast<std::size_t>(r)];
        sums.labelled += labels[static_cast<std::size_t>(r)] < kDigits;
        std::copy_n(z, kDigits, hard_p.begin());
        const float log_sum = softmax_row(hard_p.data());
        for (int k = 0; k < kDigits; ++k)
            sums.loss += static_cast<double>(t[k]) * static_cast<double>(log_sum - z[k]);
        if (soft.weight == 0) {
            for (std::size_t k = 0; k < kDigits; ++k) z[k] = (hard_p[k] - t[k]) * per_picture;
            continue;
        }
        const float* q =
            soft.probabilities.data + static_cast<std::ptrdiff_t>(r) * soft.probabilities.stride;
        for (std::size_t k = 0; k < kDigits; ++k) soft_p[k] = z[k] / soft.temperature;
        softmax_row(soft_p.data());
        for (std::size_t k = 0; k < kDigits; ++k)
            z[k] = hard_scale * (hard_p[k] - t[k]) + soft_scale * (soft_p[k] - q[k]);
    }
    sums.count = logits.rows;
    return sums;
}

}  // namespace digit
