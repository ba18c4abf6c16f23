// SPDX-License-Identifier: Apache-2.0
#include "trainer/evaluate.h"

#include <algorithm>
#include <cmath>

#include "trainer/vector_ops.h"

namespace digit {

namespace {

// Enough rows for sgemm to run at speed, few enough for their activations to stay in cache.
constexpr int kChunk = 256;

}  // namespace

Predictor::Predictor(const NetworkParameters& network, int max_rows) : network_(network) {
    int widest = 0;
    for (const DenseLayer& layer : network.layers) {
        widest = std::max(widest, padded(layer.outputs));
        AlignedVector<float>& bias = biases_.emplace_back(padded(layer.outputs), 0.0f);
        std::copy(layer.bias.begin(), layer.bias.end(), bias.begin());
    }
    for (AlignedVector<float>& activation : activations_)
        activation.assign(static_cast<std::size_t>(widest) * static_cast<std::size_t>(max_rows), 0);
}

void Predictor::logits(ConstMatrix pixels, Matrix logits) {
    ConstMatrix input = pixels;
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
        const DenseLayer& layer = network_.layers[l];
        const bool last = l + 1 == network_.layers.size();
        const Matrix output = last ? logits
                                   : Matrix{activations_[l % 2].data(), pixels.rows, layer.outputs,
                                            padded(layer.outputs)};
        multiply_transposed(input, {layer.weight.data(), layer.outputs, layer.inputs, layer.inputs},
                            output);
        if (!last) {
            add_bias_and_activate(network_.activation, output, biases_[l].data());
            input = output;
            continue;
        }
        for (int r = 0; r < output.rows; ++r)
            for (int k = 0; k < output.columns; ++k)
                output.data[static_cast<std::ptrdiff_t>(r) * output.stride + k] +=
                    layer.bias[static_cast<std::size_t>(k)];
    }
}

namespace {

template <class AnyPredictor, class Network>
Evaluation evaluate_by(const Network& network, const Dataset& data, Team& team) {
    Evaluation result;
    result.logits.resize(static_cast<std::size_t>(data.size()));
    team.run([&](int rank) {
        AnyPredictor predictor(network, kChunk);
        AlignedVector<float> pixels(static_cast<std::size_t>(kChunk) * kInputPixels);
        const Range own = share_of(data.size(), rank, team.size());
        for (int first = own.begin; first < own.end; first += kChunk) {
            const int rows = std::min(kChunk, own.end - first);
            bytes_to_input(
                {data.picture(first).data(), static_cast<std::size_t>(rows) * kInputPixels}, false,
                pixels.data());
            predictor.logits(
                {pixels.data(), rows, kInputPixels, kInputPixels},
                {result.logits[static_cast<std::size_t>(first)].data(), rows, kDigits, kDigits});
        }
    });
    for (std::size_t i = 0; i < result.logits.size(); ++i) {
        const std::array<float, kDigits>& logits = result.logits[i];
        const float top = *std::max_element(logits.begin(), logits.end());
        const std::size_t label = data.labels[i];
        double sum = 0;
        for (float logit : logits) sum += std::exp(static_cast<double>(logit - top));
        result.loss += std::log(sum) - static_cast<double>(logits[label] - top);
        result.correct += std::max_element(logits.begin(), logits.end()) ==
                          logits.begin() + static_cast<std::ptrdiff_t>(label);
    }
    if (data.size() > 0) result.loss /= data.size();
    return result;
}

}  // namespace

Evaluation evaluate(const NetworkParameters& network, const Dataset& data, Team& team) {
    return evaluate_by<Predictor>(network, data, team);
}

Evaluation evaluate(const ConvNetwork& network, const Dataset& data, Team& team) {
    return evaluate_by<ConvPredictor>(network, data, team);
}

}  // namespace digit
