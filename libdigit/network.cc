// SPDX-License-Identifier: Apache-2.0
#include "libdigit/network.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "libdigit/network.cc"
#include <hwy/foreach_target.h>  // compiles this file once for every vector unit
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <cmath>

#include "libdigit/frame.h"

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

// The inputs that are not zero: `values` and the weight rows they multiply.
struct Active {
    const float* values;
    const std::uint32_t* rows;
    std::size_t count;
};

// Adds value × row for every active input to kVectors vectors of outputs from `column` on. They
// stay in registers, so each weight is read once and nothing else touches memory.
template <int kVectors>
void accumulate(const Model::Layer& layer, const Active& active, std::size_t column,
                float* HWY_RESTRICT outputs) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    using V = hn::Vec<Floats>;
    V sum[kVectors];
    for (int v = 0; v < kVectors; ++v)
        sum[v] = hn::LoadU(d, layer.bias + column + static_cast<std::size_t>(v) * lanes);
    for (std::size_t a = 0; a < active.count; ++a) {
        const V value = hn::Set(d, active.values[a]);
        const float* HWY_RESTRICT row =
            layer.weight + active.rows[a] * static_cast<std::size_t>(layer.stride) + column;
        for (int v = 0; v < kVectors; ++v)
            sum[v] =
                hn::MulAdd(value, hn::LoadU(d, row + static_cast<std::size_t>(v) * lanes), sum[v]);
    }
    for (int v = 0; v < kVectors; ++v)
        hn::StoreU(sum[v], d, outputs + column + static_cast<std::size_t>(v) * lanes);
}

void dense(const Model::Layer& layer, const Active& active, float* HWY_RESTRICT outputs) {
    const std::size_t lanes = hn::Lanes(Floats());
    const auto stride = static_cast<std::size_t>(layer.stride);
    std::size_t column = 0;
    for (; column + 8 * lanes <= stride; column += 8 * lanes)
        accumulate<8>(layer, active, column, outputs);
    for (; column + 4 * lanes <= stride; column += 4 * lanes)
        accumulate<4>(layer, active, column, outputs);
    for (; column < stride; column += lanes) accumulate<1>(layer, active, column, outputs);
}

// Padded outputs have zero weights and bias, so they stay zero through both activations.
void activate(Activation activation, int stride, float* HWY_RESTRICT values) {
    const Floats d;
    for (std::size_t i = 0; i < static_cast<std::size_t>(stride); i += hn::Lanes(d)) {
        const auto v = hn::LoadU(d, values + i);
        hn::StoreU(activation == Activation::kTanh ? hn::Tanh(d, v) : hn::Max(v, hn::Zero(d)), d,
                   values + i);
    }
}

std::size_t find_active(const float* inputs, int count, float* values, std::uint32_t* rows) {
    std::size_t active = 0;
    for (int i = 0; i < count; ++i) {
        // Branch-free: whether a pixel is ink cannot be predicted.
        values[active] = inputs[i];
        rows[active] = static_cast<std::uint32_t>(i);
        active += inputs[i] != 0.0f;
    }
    return active;
}

// logits: the last layer's stride floats, written. `scratch` is large enough.
const float* logits(const Model& model, const float* pixels, ForwardScratch& scratch) {
    const float* inputs = pixels;
    float* outputs = scratch.activations.data();
    float* other = outputs + model.widest_layer();
    const auto layers = model.layers();
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const Active active{scratch.active_values.data(), scratch.active_rows.data(),
                            find_active(inputs, layers[l].inputs, scratch.active_values.data(),
                                        scratch.active_rows.data())};
        dense(layers[l], active, outputs);
        if (l + 1 < layers.size()) activate(model.activation(), layers[l].stride, outputs);
        inputs = outputs;
        std::swap(outputs, other);
    }
    return inputs;
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {
namespace {

HWY_EXPORT(logits);

void softmax(const float* logits, float temperature, float* probabilities) {
    const float highest = *std::max_element(logits, logits + kDigits);
    float sum = 0;
    for (int d = 0; d < kDigits; ++d) {
        probabilities[d] = std::exp((logits[d] - highest) / temperature);
        sum += probabilities[d];
    }
    for (int d = 0; d < kDigits; ++d) probabilities[d] /= sum;
}

}  // namespace

void forward(const Model& model, std::span<const float> pixels, std::size_t count,
             std::span<float> probabilities, ForwardScratch& scratch) {
    const auto widest = static_cast<std::size_t>(std::max(model.widest_layer(), kInputPixels));
    if (scratch.active_rows.size() < widest + 1) {
        scratch.active_rows.resize(widest + 1);
        scratch.active_values.resize(widest + 1);
        scratch.activations.resize(2 * widest);
    }
    for (std::size_t n = 0; n < count; ++n)
        softmax(HWY_DYNAMIC_DISPATCH(logits)(model, pixels.data() + n * kInputPixels, scratch),
                model.temperature(), probabilities.data() + n * kDigits);
}

}  // namespace digit
#endif
