// SPDX-License-Identifier: Apache-2.0
#include "trainer/teachers.h"

#include <algorithm>

#include "trainer/vector_ops.h"

namespace digit {

Teachers::Teachers(TeacherNetworks networks, bool centred, float temperature, int max_batch,
                   int ranks)
    : networks_(std::move(networks)), centred_(centred), temperature_(temperature) {
    if (empty()) return;
    const int rows = (max_batch + ranks - 1) / ranks;
    for (int r = 0; r < ranks; ++r) {
        Rank& rank = ranks_.emplace_back();
        for (const NetworkParameters& network : networks_.perceptrons)
            rank.perceptrons.emplace_back(network, rows);
        for (const ConvNetwork& network : networks_.convolutional)
            rank.convolutional.emplace_back(network, rows);
        rank.logits.assign(static_cast<std::size_t>(rows) * kLane, 0.0f);
        if (centred_) rank.pixels.assign(static_cast<std::size_t>(rows) * kInputPixels, 0.0f);
    }
}

void Teachers::look_at(int rank, Range rows, int first_drawn, Batch& batch) {
    Rank& own = ranks_[static_cast<std::size_t>(rank)];
    const auto first = static_cast<std::size_t>(rows.begin);
    ConstMatrix pixels{batch.pixels.data() + first * kInputPixels, rows.size(), kInputPixels,
                       kInputPixels};
    if (centred_) {
        std::transform(pixels.data, pixels.data + std::ptrdiff_t{rows.size()} * kInputPixels,
                       own.pixels.begin(), [](float p) { return (p + 1) / 2; });
        pixels.data = own.pixels.data();
    }
    const auto count = static_cast<std::size_t>(rows.size());
    float* soft = batch.soft_targets.data() + first * kLane;
    std::fill_n(soft, count * kLane, 0.0f);
    const auto is_drawn = [&](std::size_t row) {
        return batch.shown[first + row] >= static_cast<std::uint32_t>(first_drawn);
    };
    bool all_drawn = true;
    for (std::size_t r = 0; r < count; ++r) all_drawn = all_drawn && is_drawn(r);
    const auto ask = [&](auto& predictor, bool stranger) {
        if (stranger && all_drawn) return;
        predictor.logits(pixels, {own.logits.data(), rows.size(), kDigits, kLane});
        for (std::size_t r = 0; r < count; ++r) {
            if (stranger && is_drawn(r)) continue;
            for (std::size_t k = 0; k < kDigits; ++k)
                soft[r * kLane + k] += own.logits[r * kLane + k];
        }
    };
    const std::size_t strangers = networks_.strangers_to_drawn;
    for (Predictor& predictor : own.perceptrons) ask(predictor, false);
    for (std::size_t i = 0; i < own.convolutional.size(); ++i)
        ask(own.convolutional[i], i < strangers);
    for (std::size_t r = 0; r < count; ++r) {
        const std::size_t asked = networks_.size() - (is_drawn(r) ? strangers : 0);
        for (std::size_t k = 0; k < kDigits; ++k)
            soft[r * kLane + k] /= temperature_ * static_cast<float>(asked);
        softmax_row(soft + r * kLane);
    }
}

}  // namespace digit
