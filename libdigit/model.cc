// SPDX-License-Identifier: Apache-2.0
#include "libdigit/model.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "libdigit/forward_scratch.h"
#include "libdigit/frame.h"
#include "libdigit/network.h"
#include "libdigit/pack_layer.h"

namespace digit {
namespace {

constexpr int kMaxWidth = 65536;
// Of all layers together, zeros outside receptive fields included, which a file need not hold: as
// many as there is room for in a file that holds all. FieldWindow::offset has room for no more than
// some ten times as many.
constexpr std::uint64_t kMaxWeights = 256u << 20;
constexpr int kMarkedInputs = static_cast<int>(ForwardScratch::kMark);

// As a file names a layer.
using LayerName = std::string;

LayerName name_of_layer(std::size_t index) { return "layers." + std::to_string(index); }
LayerName name_of_exit(std::size_t index) { return "early_exit." + std::to_string(index); }

Status check_layer(const LayerView& layer, const LayerName& name, int expected_inputs) {
    if (layer.inputs != expected_inputs)
        return {Code::kWeightsChain, name + ".weight",
                "takes " + std::to_string(layer.inputs) + " inputs, but is given " +
                    std::to_string(expected_inputs)};
    if (layer.outputs < 1 || layer.outputs > kMaxWidth)
        return {Code::kWeightsChain, name + ".weight",
                "has " + std::to_string(layer.outputs) + " outputs; 1 to 65536 are possible"};
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    if (layer.weight.size() != layer.weights_of_output() * outputs)
        return {Code::kWeightsTensor, name + ".weight",
                "holds another number of values than its shape"};
    if (layer.bias.size() != outputs)
        return {Code::kWeightsChain, name + ".bias",
                "has " + std::to_string(layer.bias.size()) + " values for " +
                    std::to_string(outputs) + " outputs"};
    if (layer.scale.size() != (layer.whole_numbers() ? outputs : 0))
        return {Code::kWeightsChain, name + ".scale",
                "has " + std::to_string(layer.scale.size()) + " values for " +
                    std::to_string(outputs) + " outputs"};
    return {};
}

Status check_values(const LayerView& layer, const LayerName& name) {
    if (!layer.weight.all_finite())
        return {Code::kWeightsValue, name + ".weight", "holds a NaN or an infinity"};
    if (!layer.bias.all_finite())
        return {Code::kWeightsValue, name + ".bias", "holds a NaN or an infinity"};
    if (!layer.scale.all_finite())
        return {Code::kWeightsValue, name + ".scale", "holds a NaN or an infinity"};
    return {};
}

Status check_values(const WeightsView& weights) {
    for (std::size_t i = 0; i < weights.layers.size(); ++i)
        if (Status status = check_values(weights.layers[i], name_of_layer(i)); !status.ok())
            return status;
    for (std::size_t i = 0; i < weights.early_exit.size(); ++i)
        if (Status status = check_values(weights.early_exit[i], name_of_exit(i)); !status.ok())
            return status;
    return {};
}

// In the order in which they are packed.
std::vector<LayerView> all_layers(const WeightsView& weights) {
    std::vector<LayerView> all = weights.layers;
    all.insert(all.end(), weights.early_exit.begin(), weights.early_exit.end());
    return all;
}

std::size_t plane_bytes_of(const Model::Layer& layer) {
    if (!layer.windows.empty())
        return layer.windows.back().offset + layer.windows.back().bytes(layer.field.depth);
    return static_cast<std::size_t>(layer.inputs) * static_cast<std::size_t>(layer.stride);
}

// Of one layer: its planes of bytes, scales and biases.
std::size_t bytes_of(const Model::Layer& layer) {
    return (layer.whole_numbers ? 1 : 2) * plane_bytes_of(layer) +
           static_cast<std::size_t>(layer.stride) * 2 * sizeof(float);
}

// A number in the metadata, or `fallback` where it is absent.
Result<float> metadata_number(const Metadata& metadata, const std::string& key, float fallback,
                              float lowest, float highest) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) return fallback;
    char* end = nullptr;
    const float value = std::strtof(found->second.c_str(), &end);
    if (found->second.empty() || *end != '\0' || !(value >= lowest && value <= highest))
        return Status{
            Code::kWeightsMetadata, key,
            "is not a number from " + std::to_string(lowest) + " to " + std::to_string(highest)};
    return value;
}

// Layers of which each takes what the one before gives, the first `width` numbers.
template <class Name>
Status check_chain(std::span<const LayerView> layers, int width, const Name& name_of) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (Status status = check_layer(layers[i], name_of(i), width); !status.ok()) return status;
        width = layers[i].outputs;
    }
    if (width != kDigits)
        return {Code::kWeightsChain, name_of(layers.size() - 1) + ".weight",
                "has " + std::to_string(width) + " outputs; the last layer must have 10"};
    return {};
}

// That layers have the weights of all inputs, or of those of their receptive fields.
Status check_seen(const WeightsView& weights, std::span<const ReceptiveField> fields) {
    const auto check = [](const LayerView& layer, const LayerName& name, int inputs_of_field) {
        return layer.inputs_seen == 0 || layer.inputs_seen == inputs_of_field
                   ? Status{}
                   : Status{Code::kWeightsTensor, name + ".weight",
                            "has the weights of " + std::to_string(layer.inputs_seen) +
                                " inputs for each output, which its receptive field has not"};
    };
    for (std::size_t l = 0; l < weights.layers.size(); ++l) {
        const int inputs = l < fields.size() ? fields[l].inputs_of_field() : 0;
        Status status = check(weights.layers[l], name_of_layer(l), inputs);
        if (!status.ok()) return status;
    }
    for (std::size_t l = 0; l < weights.early_exit.size(); ++l) {
        Status status = check(weights.early_exit[l], name_of_exit(l), 0);
        if (!status.ok()) return status;
    }
    return {};
}

}  // namespace

Status check_layers(const WeightsView& weights) {
    if (weights.layers.empty()) return {Code::kWeightsChain, "", "there are no layers"};
    Status status = check_chain(weights.layers, kInputPixels, name_of_layer);
    if (!status.ok()) return status;
    std::uint64_t count = 0;
    for (const LayerView& layer : weights.layers)
        count +=
            static_cast<std::uint64_t>(layer.inputs) * static_cast<std::uint64_t>(layer.outputs);
    if (count > kMaxWeights)
        return {Code::kWeightsTensor, "",
                "the layers have " + std::to_string(count) +
                    " weights, zeros outside receptive fields included; " +
                    std::to_string(kMaxWeights) + " are possible"};
    if (weights.early_exit.empty()) return status;
    if (weights.early_exit.size() != 2)
        return {Code::kWeightsChain, "early_exit",
                "has " + std::to_string(weights.early_exit.size()) + " layers; it must have two"};
    if (weights.layers.size() < 3 || weights.activation != Activation::kRelu)
        return {Code::kWeightsChain, "early_exit",
                "spares nothing: it belongs to a network of relu with two hidden layers or more"};
    return check_chain(weights.early_exit, weights.layers.front().outputs, name_of_exit);
}

std::string activation_name(Activation activation) {
    return activation == Activation::kTanh ? "tanh" : "relu";
}

WeightsView view_of(const NetworkParameters& parameters) {
    const auto values = [](const std::vector<float>& floats) {
        return TensorValues{
            Dtype::kF32,
            {reinterpret_cast<const std::uint8_t*>(floats.data()), floats.size() * sizeof(float)}};
    };
    WeightsView view{parameters.activation, {}, parameters.metadata};
    const auto add = [&](const std::vector<DenseLayer>& layers, std::vector<LayerView>& to) {
        for (const DenseLayer& layer : layers)
            to.push_back({layer.inputs, layer.outputs, values(layer.weight), values(layer.bias)});
    };
    add(parameters.layers, view.layers);
    add(parameters.early_exit, view.early_exit);
    return view;
}

Result<Model> Model::laid_out(const WeightsView& weights) {
    if (Status status = check_layers(weights); !status.ok()) return status;
    const auto temperature = metadata_number(weights.metadata, "temperature", 1, 0.01f, 100);
    if (!temperature.ok()) return temperature.status();
    const auto uncertain = metadata_number(weights.metadata, "uncertain_below", 0.5f, 0, 1);
    if (!uncertain.ok()) return uncertain.status();
    const auto above =
        metadata_number(weights.metadata, "early_exit_above", kEarlyExitAbove, 0.5f, 1);
    if (!above.ok()) return above.status();
    std::vector<int> units;
    for (const LayerView& layer : weights.layers) units.push_back(layer.outputs);
    auto fields = receptive_fields_of(weights.metadata, units);
    if (!fields.ok()) return fields.status();

    Model model;
    model.receptive_fields_ = std::move(*fields);
    model.activation_ = weights.activation;
    model.metadata_ = weights.metadata;
    model.temperature_ = *temperature;
    model.uncertain_below_ = *uncertain;
    model.early_exit_above_ = *above;
    model.exits_ = weights.early_exit.size();
    for (const LayerView& from : all_layers(weights)) {
        const auto stride = static_cast<int>(packed_stride(from.outputs));
        model.layers_.push_back({.inputs = from.inputs,
                                 .outputs = from.outputs,
                                 .stride = stride,
                                 .whole_numbers = from.whole_numbers(),
                                 .windows = {},
                                 .field = {}});
        model.widest_ = std::max(model.widest_, stride);
    }
    if (Status status = check_seen(weights, model.receptive_fields_); !status.ok()) return status;
    model.windows_.resize(model.receptive_fields_.size());
    for (std::size_t l = 0; l < model.receptive_fields_.size(); ++l) {
        const ReceptiveField& field = model.receptive_fields_[l];
        model.layers_[l].field = field;
        // Else what a unit sees is not found by marks, and the zeros are weights like any other.
        if (l > 0 && field.depth % kMarkedInputs != 0) continue;
        model.windows_[l] = windows_of(field, units[l]);
        model.layers_[l].windows = model.windows_[l];
        for (const FieldWindow& window : model.windows_[l])
            model.widest_window_ =
                std::max(model.widest_window_, window.bytes(field.depth) / FieldWindow::kUnits);
    }
    return model;
}

std::size_t Model::packed_bytes() const {
    std::size_t bytes = 0;
    for (const Layer& layer : layers_) bytes += bytes_of(layer);
    return bytes;
}

void Model::point_into_memory() {
    const auto* next = reinterpret_cast<const std::int8_t*>(packed().data());
    for (Layer& layer : layers_) {
        const auto stride = static_cast<std::size_t>(layer.stride);
        layer.high = next;
        layer.low = layer.whole_numbers ? nullptr : next + plane_bytes_of(layer);
        next += bytes_of(layer);
        layer.bias = reinterpret_cast<const float*>(next) - stride;
        layer.scale = layer.bias - stride;
    }
}

Result<Model> Model::make(const WeightsView& weights) {
    auto model = laid_out(weights);
    if (!model.ok()) return model;
    if (Status status = check_values(weights); !status.ok()) return status;
    for (std::size_t l = 0; l < model->receptive_fields_.size(); ++l) {
        Status status =
            check_outside_fields(weights.layers[l], model->receptive_fields_[l], name_of_layer(l));
        if (!status.ok()) return status;
    }
    model->memory_ = Pages(model->packed_bytes());
    if (model->memory_.empty())
        return Status{Code::kOutOfMemory, "", "no memory for the network's weights"};
    model->point_into_memory();
    const std::vector<LayerView> all = all_layers(weights);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Layer& to = model->layers_[i];
        // The only moment at which what the layers point to is written.
        pack_layer(all[i], weights.activation == Activation::kTanh && i > 0,
                   {to.windows, to.field, const_cast<std::int8_t*>(to.high),
                    const_cast<std::int8_t*>(to.low), const_cast<float*>(to.scale),
                    const_cast<float*>(to.bias)});
    }
    model->memory_.make_read_only();
    if (overflows(*model))
        return Status{Code::kWeightsValue, "",
                      "the weights are so large that the network's sums overflow"};
    return model;
}

Result<Model> Model::adopt(const WeightsView& weights, Pages packed) {
    auto model = laid_out(weights);
    if (!model.ok()) return model;
    if (packed.bytes().size() != model->packed_bytes())
        return Status{Code::kWeightsTensor, "",
                      "the packed weights have " + std::to_string(packed.bytes().size()) +
                          " bytes and not " + std::to_string(model->packed_bytes())};
    model->memory_ = std::move(packed);
    model->point_into_memory();
    return model;
}

std::string Model::architecture() const {
    std::string text = std::to_string(kInputPixels);
    for (const Layer& layer : layers()) text += "-" + std::to_string(layer.outputs);
    return text;
}

}  // namespace digit
