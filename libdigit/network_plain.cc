// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/network.h"

namespace digit {
namespace {

// outputs = W inputs + b
std::vector<double> dense(const Model::Layer& layer, const std::vector<double>& inputs) {
    std::vector<double> outputs(static_cast<std::size_t>(layer.outputs));
    for (int o = 0; o < layer.outputs; ++o) {
        double sum = static_cast<double>(layer.bias[o]);
        for (int i = 0; i < layer.inputs; ++i)
            sum += static_cast<double>(
                       layer.weight[static_cast<std::ptrdiff_t>(i) * layer.stride + o]) *
                   inputs[static_cast<std::size_t>(i)];
        outputs[static_cast<std::size_t>(o)] = sum;
    }
    return outputs;
}

}  // namespace

void forward_plain(const Model& model, std::span<const float> pixels, std::size_t count,
                   std::span<float> probabilities) {
    for (std::size_t n = 0; n < count; ++n) {
        const auto picture = pixels.subspan(n * kInputPixels, kInputPixels);
        std::vector<double> values(picture.begin(), picture.end());
        for (std::size_t l = 0; l < model.layers().size(); ++l) {
            values = dense(model.layers()[l], values);
            if (l + 1 == model.layers().size()) break;
            for (double& v : values)
                v = model.activation() == Activation::kTanh ? std::tanh(v) : std::max(v, 0.0);
        }
        const double highest = *std::max_element(values.begin(), values.end());
        double sum = 0;
        for (double& v : values) {
            v = std::exp((v - highest) / static_cast<double>(model.temperature()));
            sum += v;
        }
        for (std::size_t d = 0; d < values.size(); ++d)
            probabilities[n * kDigits + d] = static_cast<float>(values[d] / sum);
    }
}

}  // namespace digit
