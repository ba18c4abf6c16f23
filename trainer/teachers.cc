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

void Teachers::look_at(int rank, Range rows, Batch& batch) {
    Rank& own = ranks_[static_cast<std::size_t>(rank)];
    const auto first = static_cast<std::size_t>(rows.begin);
    ConstMatrix pixels{batch.pixels.data() + first * kInputPixels, rows.size(), kInputPixels,
                       kInputPixels};
    if (centred_) {
        std::transform(pixels.data, pixels.data + std::ptrdiff_t{rows.size()} * kInputPixels,
                       own.pixels.begin(), [](float p) { return (p + 1) / 2; });
        pixels.data = own.pixels.data();
    }
    const std::size_t floats = static_cast<std::size_t>(rows.size()) * kLane;
    float* soft = batch.soft_targets.data() + first * kLane;
    std::fill_n(soft, floats, 0.0f);
    const float weight = 1 / (temperature_ * static_cast<float>(networks_.size()));
    const auto ask = [&](auto& predictors) {
        for (auto& predictor : predictors) {
            predictor.logits(pixels, {own.logits.data(), rows.size(), kDigits, kLane});
            for (std::size_t i = 0; i < floats; ++i) soft[i] += weight * own.logits[i];
        }
    };
    ask(own.perceptrons);
    ask(own.convolutional);
    for (int r = 0; r < rows.size(); ++r) softmax_row(soft + static_cast<std::size_t>(r) * kLane);
}

}  // namespace digit
