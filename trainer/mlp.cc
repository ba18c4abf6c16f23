// SPDX-License-Identifier: Apache-2.0
#include "trainer/mlp.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "trainer/random.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

// W (2p - 1) + b = (2W) p + (b - Σ W)
void fold_centring(DenseLayer& layer) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
        double sum = 0;
        for (std::size_t i = 0; i < inputs; ++i) {
            float& weight = layer.weight[o * inputs + i];
            sum += static_cast<double>(weight);
            weight *= 2;
        }
        layer.bias[o] = static_cast<float>(static_cast<double>(layer.bias[o]) - sum);
    }
}

}  // namespace

NormStatistics::NormStatistics(const std::vector<LayerPlace>& places) {
    for (const LayerPlace& place : places) {
        const auto width = static_cast<std::size_t>(padded(place.outputs));
        mean.emplace_back(width, 0.0f);
        variance.emplace_back(width, 1.0f);
    }
}

void NormStatistics::clear() {
    for (auto* all : {&mean, &variance})
        for (AlignedVector<float>& layer : *all) std::fill(layer.begin(), layer.end(), 0.0f);
}

Mlp::Mlp(MlpShape wanted) : shape(std::move(wanted)) {
    std::size_t next = 0;
    const auto reserve = [&next](std::size_t floats) {
        const std::size_t begin = next;
        next += (floats + kLane - 1) / kLane * kLane;
        return begin;
    };
    for (int l = 0; l < shape.layers(); ++l) {
        LayerPlace place;
        place.inputs = shape.sizes[static_cast<std::size_t>(l)];
        const ReceptiveFields* fields = shape.fields_of(static_cast<std::size_t>(l));
        place.fan_in = fields != nullptr ? fields->patch() : place.inputs;
        place.outputs = shape.sizes[static_cast<std::size_t>(l) + 1];
        place.normalised = shape.normalised && l + 1 < shape.layers();
        const auto outputs = static_cast<std::size_t>(place.outputs);
        place.weight = reserve(outputs * static_cast<std::size_t>(place.fan_in));
        place.bias = reserve(outputs);
        if (place.normalised) place.scale = reserve(outputs);
        places.push_back(place);
    }
    values.assign(next, 0.0f);
}

void Mlp::initialise(std::uint64_t seed) {
    for (std::size_t l = 0; l < places.size(); ++l) {
        const LayerPlace& place = places[l];
        const bool before_relu = shape.activation == Activation::kRelu && l + 1 < places.size();
        const ReceptiveFields* fields = shape.fields_of(l);
        const float variance = place.normalised ? 1.0f / 3 : before_relu ? 2.0f : 1.0f;
        const float deviation = std::sqrt(variance / static_cast<float>(place.fan_in));
        Random random(seed, Stream::kWeights, {l});
        float* weight = values.data() + place.weight;
        const int unlike = fields != nullptr ? fields->channels() : place.outputs;
        const auto fan_in = static_cast<std::size_t>(place.fan_in);
        const std::size_t drawn = static_cast<std::size_t>(unlike) * fan_in;
        const std::size_t count = static_cast<std::size_t>(place.outputs) * fan_in;
        for (std::size_t i = 0; i < drawn; ++i) weight[i] = deviation * random.normal();
        for (std::size_t i = drawn; i < count; ++i) weight[i] = weight[i - drawn];
        if (place.normalised) std::fill_n(values.data() + place.scale, place.outputs, 1.0f);
    }
}

NetworkParameters fold(const Mlp& mlp, const AlignedVector<float>& values,
                       const NormStatistics& statistics) {
    NetworkParameters network;
    network.activation = mlp.shape.activation;
    for (std::size_t l = 0; l < mlp.places.size(); ++l) {
        const LayerPlace& place = mlp.places[l];
        const auto inputs = static_cast<std::size_t>(place.inputs);
        const auto outputs = static_cast<std::size_t>(place.outputs);
        const float* weight = values.data() + place.weight;
        const auto fan_in = static_cast<std::size_t>(place.fan_in);
        const ReceptiveFields* fields = mlp.shape.fields_of(l);
        DenseLayer layer{place.inputs, place.outputs, {}, {}};
        if (fields == nullptr)
            layer.weight.assign(weight, weight + outputs * inputs);
        else
            layer.weight.resize(outputs * inputs);
        for (std::size_t o = 0; fields != nullptr && o < outputs; ++o)
            fields->expand(static_cast<int>(o), weight + o * fan_in,
                           std::span(layer.weight).subspan(o * inputs, inputs));
        layer.bias.assign(values.data() + place.bias, values.data() + place.bias + outputs);
        for (std::size_t o = 0; place.normalised && o < outputs; ++o) {
            const float deviation = std::sqrt(statistics.variance[l][o] + kNormEpsilon);
            const float factor = values[place.scale + o] / deviation;
            for (std::size_t i = 0; i < inputs; ++i) layer.weight[o * inputs + i] *= factor;
            layer.bias[o] -= factor * statistics.mean[l][o];
        }
        if (l == 0 && mlp.shape.centred) fold_centring(layer);
        network.layers.push_back(std::move(layer));
    }
    return network;
}

Mlp unfold(const NetworkParameters& network, std::vector<ReceptiveFields> fields) {
    MlpShape shape;
    shape.activation = network.activation;
    shape.sizes.push_back(network.layers.front().inputs);
    for (const DenseLayer& layer : network.layers) shape.sizes.push_back(layer.outputs);
    shape.fields = std::move(fields);
    Mlp mlp(shape);
    for (std::size_t l = 0; l < mlp.places.size(); ++l) {
        const DenseLayer& layer = network.layers[l];
        const auto to = [&](std::size_t place) {
            return mlp.values.begin() + static_cast<std::ptrdiff_t>(place);
        };
        const ReceptiveFields* seen = mlp.shape.fields_of(l);
        if (seen == nullptr)
            std::copy(layer.weight.begin(), layer.weight.end(), to(mlp.places[l].weight));
        const auto inputs = static_cast<std::size_t>(layer.inputs);
        for (int unit = 0; seen != nullptr && unit < layer.outputs; ++unit)
            seen->confine(
                unit,
                std::span(layer.weight).subspan(static_cast<std::size_t>(unit) * inputs, inputs),
                &*to(mlp.places[l].weight + static_cast<std::size_t>(unit * mlp.places[l].fan_in)));
        std::copy(layer.bias.begin(), layer.bias.end(), to(mlp.places[l].bias));
    }
    return mlp;
}

}  // namespace digit
