// SPDX-License-Identifier: Apache-2.0
#include "trainer/conv_net.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "libdigit/frame.h"
#include "trainer/random.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

constexpr int kMaxChannels = 1024;

}  // namespace

std::string ConvShape::name() const {
    std::string text;
    for (const ConvStage& stage : stages)
        text +=
            (text.empty() ? "" : "-") + std::to_string(stage.channels) + (stage.pooled ? "p" : "");
    return text;
}

std::vector<ConvStage> ConvShape::parse(const std::string& text) {
    std::vector<ConvStage> stages;
    int edge = kInputEdge;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        ConvStage stage;
        const auto [next, error] = std::from_chars(at, end, stage.channels);
        if (error != std::errc() || stage.channels < kLane || stage.channels > kMaxChannels ||
            stage.channels % kLane != 0)
            return {};
        at = next;
        stage.pooled = at < end && *at == 'p';
        at += stage.pooled;
        edge = stage.pooled ? edge / 2 : edge;
        if (edge == 0 || (at < end && *at++ != '-') || (at == end && text.back() == '-')) return {};
        stages.push_back(stage);
    }
    return stages;
}

ConvStatistics::ConvStatistics(const std::vector<ConvPlace>& places) {
    for (const ConvPlace& place : places) {
        mean.emplace_back(static_cast<std::size_t>(place.outputs), 0.0f);
        variance.emplace_back(static_cast<std::size_t>(place.outputs), 0.0f);
    }
}

ConvNet::ConvNet(ConvShape wanted) : shape(std::move(wanted)) {
    std::size_t next = 0;
    const auto reserve = [&next](std::size_t floats) {
        const std::size_t begin = next;
        next += (floats + kLane - 1) / kLane * kLane;
        return begin;
    };
    int edge = kInputEdge;
    int channels = 1;
    for (const ConvStage& stage : shape.stages) {
        ConvPlace place;
        place.edge = edge;
        place.inputs = channels;
        place.outputs = stage.channels;
        place.pooled = stage.pooled;
        const auto outputs = static_cast<std::size_t>(place.outputs);
        place.weight = reserve(outputs * static_cast<std::size_t>(place.patch()));
        place.shift = reserve(outputs);
        place.scale = reserve(outputs);
        places.push_back(place);
        edge = place.edge_out();
        channels = stage.channels;
    }
    dense.inputs = edge * edge * channels;
    dense.weight =
        reserve(static_cast<std::size_t>(kDigits) * static_cast<std::size_t>(dense.inputs));
    dense.bias = reserve(kLane);
    values.assign(next, 0.0f);
}

void ConvNet::initialise(std::uint64_t seed) {
    const auto draw = [&](std::size_t stage, std::size_t begin, std::size_t count, int inputs) {
        Random random(seed, Stream::kWeights, {stage});
        const float deviation = std::sqrt(2.0f / static_cast<float>(inputs));
        for (std::size_t i = 0; i < count; ++i) values[begin + i] = deviation * random.normal();
    };
    for (std::size_t s = 0; s < places.size(); ++s) {
        const ConvPlace& place = places[s];
        const auto outputs = static_cast<std::size_t>(place.outputs);
        draw(s, place.weight, outputs * static_cast<std::size_t>(place.patch()), place.patch());
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(place.scale), outputs, 1.0f);
    }
    draw(places.size(), dense.weight,
         static_cast<std::size_t>(kDigits) * static_cast<std::size_t>(dense.inputs), dense.inputs);
}

ConvNetwork fold(const ConvNet& net, const AlignedVector<float>& values,
                 const ConvStatistics& statistics) {
    ConvNetwork network{net.shape, net.places, net.dense, values};
    for (std::size_t s = 0; s < net.places.size(); ++s) {
        const ConvPlace& place = net.places[s];
        const auto patch = static_cast<std::size_t>(place.patch());
        for (std::size_t o = 0; o < static_cast<std::size_t>(place.outputs); ++o) {
            const float factor =
                values[place.scale + o] / std::sqrt(statistics.variance[s][o] + kNormEpsilon);
            for (std::size_t i = 0; i < patch; ++i)
                network.values[place.weight + o * patch + i] *= factor;
            network.values[place.shift + o] -= factor * statistics.mean[s][o];
            network.values[place.scale + o] = 0;
        }
    }
    return network;
}

}  // namespace digit
