// SPDX-License-Identifier: Apache-2.0
#include "trainer/conv_predictor.h"

#include <algorithm>

#include "libdigit/frame.h"
#include "trainer/conv_ops.h"
#include "trainer/convolve.h"
#include "trainer/vector_ops.h"

namespace digit {

ConvPredictor::ConvPredictor(const ConvNetwork& network, int max_rows) : network_(network) {
    std::size_t output = 0;
    for (const ConvPlace& p : network.places) {
        const auto pixels = static_cast<std::size_t>(p.pixels());
        inputs_.emplace_back(bordered_floats(p.edge, p.inputs), 0.0f);
        AlignedVector<float>& kernel = kernels_.emplace_back();
        kernel.resize(static_cast<std::size_t>(p.patch()) * static_cast<std::size_t>(p.outputs));
        transpose(network.values.data() + p.weight, p.outputs, p.patch(), kernel.data());
        output = std::max(output, pixels * static_cast<std::size_t>(p.outputs));
    }
    output_.assign(output, 0.0f);
    pooled_.assign(output, 0.0f);
    features_.assign(
        static_cast<std::size_t>(network.dense.inputs) * static_cast<std::size_t>(max_rows), 0.0f);
}

void ConvPredictor::logits(ConstMatrix pixels, Matrix logits) {
    const DensePlace& dense = network_.dense;
    for (int r = 0; r < pixels.rows; ++r)
        features_of(pixels.data + static_cast<std::ptrdiff_t>(r) * pixels.stride,
                    features_.data() + static_cast<std::ptrdiff_t>(r) * dense.inputs);
    multiply_transposed(
        {features_.data(), pixels.rows, dense.inputs, dense.inputs},
        {network_.values.data() + dense.weight, kDigits, dense.inputs, dense.inputs}, logits);
    const float* bias = network_.values.data() + dense.bias;
    for (int r = 0; r < logits.rows; ++r)
        for (int k = 0; k < kDigits; ++k)
            logits.data[static_cast<std::ptrdiff_t>(r) * logits.stride + k] += bias[k];
}

void ConvPredictor::features_of(const float* pixels, float* features) {
    const float* values = network_.values.data();
    const float* picture = pixels;
    for (std::size_t s = 0; s < network_.places.size(); ++s) {
        const ConvPlace& p = network_.places[s];
        put_into_border(picture, p.edge, p.inputs, inputs_[s].data());
        convolve(inputs_[s].data(), p.size(), kernels_[s].data(), output_.data());
        const Matrix output{output_.data(), p.pixels(), p.outputs, p.outputs};
        add_bias_and_activate(Activation::kRelu, output, values + p.shift);
        if (p.pooled) pool(output_.data(), p.edge, p.outputs, pooled_.data());
        picture = p.pooled ? pooled_.data() : output_.data();
    }
    std::copy_n(picture, network_.dense.inputs, features);
}

}  // namespace digit
