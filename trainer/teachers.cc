// SPDX-License-Identifier: Apache-2.0
#include "trainer/teachers.h"

#include <algorithm>
#include <cmath>

#include "trainer/vector_ops.h"

namespace digit {

namespace {

// W p + b = (W / 2) (2p - 1) + (b + Σ W / 2)
void take_centred_pixels(DenseLayer& layer) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
        double sum = 0;
        for (std::size_t i = 0; i < inputs; ++i) {
            float& weight = layer.weight[o * inputs + i];
            weight /= 2;
            sum += static_cast<double>(weight);
        }
        layer.bias[o] = static_cast<float>(static_cast<double>(layer.bias[o]) + sum);
    }
}

}  // namespace

Teachers::Teachers(std::vector<NetworkParameters> networks, bool centred, float temperature,
                   int max_batch, int ranks)
    : networks_(std::move(networks)), temperature_(temperature) {
    if (networks_.empty()) return;
    if (centred)
        for (NetworkParameters& network : networks_) take_centred_pixels(network.layers.front());
    const int rows = (max_batch + ranks - 1) / ranks;
    for (int r = 0; r < ranks; ++r) {
        Rank& rank = ranks_.emplace_back();
        for (const NetworkParameters& network : networks_)
            rank.predictors.emplace_back(network, rows);
        rank.logits.assign(static_cast<std::size_t>(rows) * kLane, 0.0f);
    }
}

void Teachers::look_at(int rank, Range rows, Batch& batch) {
    Rank& own = ranks_[static_cast<std::size_t>(rank)];
    const auto first = static_cast<std::size_t>(rows.begin);
    const ConstMatrix pixels{batch.pixels.data() + first * kInputPixels, rows.size(), kInputPixels,
                             kInputPixels};
    const std::size_t floats = static_cast<std::size_t>(rows.size()) * kLane;
    float* soft = batch.soft_targets.data() + first * kLane;
    std::fill_n(soft, floats, 0.0f);
    const float weight = 1 / (temperature_ * static_cast<float>(networks_.size()));
    for (Predictor& predictor : own.predictors) {
        predictor.logits(pixels, {own.logits.data(), rows.size(), kDigits, kLane});
        for (std::size_t i = 0; i < floats; ++i) soft[i] += weight * own.logits[i];
    }
    for (int r = 0; r < rows.size(); ++r) softmax_row(soft + static_cast<std::size_t>(r) * kLane);
}

}  // namespace digit
