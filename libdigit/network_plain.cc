// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/network.h"

namespace digit {
namespace {

// outputs = W inputs + b
std::vector<double> dense(const DenseLayer& layer, const std::vector<double>& inputs) {
    std::vector<double> outputs(layer.bias.begin(), layer.bias.end());
    const float* weight = layer.weight.data();
    for (double& output : outputs)
        for (const double input : inputs) output += static_cast<double>(*weight++) * input;
    return outputs;
}

}  // namespace

void forward_plain(const NetworkParameters& network, float temperature,
                   std::span<const std::uint8_t> pixels, std::size_t count,
                   std::span<float> probabilities) {
    for (std::size_t n = 0; n < count; ++n) {
        const auto picture = pixels.subspan(n * kInputPixels, kInputPixels);
        std::vector<double> values(picture.begin(), picture.end());
        for (double& v : values) v /= 255;
        for (std::size_t l = 0; l < network.layers.size(); ++l) {
            values = dense(network.layers[l], values);
            if (l + 1 == network.layers.size()) break;
            for (double& v : values)
                v = network.activation == Activation::kTanh ? std::tanh(v) : std::max(v, 0.0);
        }
        const double highest = *std::max_element(values.begin(), values.end());
        double sum = 0;
        for (double& v : values) {
            v = std::exp((v - highest) / static_cast<double>(temperature));
            sum += v;
        }
        for (std::size_t d = 0; d < values.size(); ++d)
            probabilities[n * kDigits + d] = static_cast<float>(values[d] / sum);
    }
}

}  // namespace digit
