// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/receptive_field.h"
#include "libdigit/safetensors.h"
#include "libdigit/weights_digest.h"
#include "libdigit/weights_file.h"

namespace digit {
namespace {

constexpr int kMaxLayers = 64;
constexpr int kMaxExitLayers = 2;
constexpr std::size_t kMaxTensors = 3 * (kMaxLayers + kMaxExitLayers);

// Of all inputs. field: what each output sees, where the layer has the weights of that alone.
std::vector<float> weights_of(const LayerView& layer, const ReceptiveField& field) {
    std::vector<float> floats(layer.weight.size());
    layer.read_weights(0, floats);
    if (layer.inputs_seen == 0) return floats;
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const int channels = layer.outputs / field.fields();
    std::vector<float> all(static_cast<std::size_t>(layer.outputs) * inputs);
    for (int unit = 0; unit < layer.outputs; ++unit) {
        const auto row = static_cast<std::size_t>(unit);
        spread_over_inputs(field, unit / channels, floats.data() + row * layer.weights_of_output(),
                           all.data() + row * inputs);
    }
    return all;
}

std::vector<float> biases_of(const LayerView& layer) {
    std::vector<float> floats(layer.bias.size());
    layer.bias.read(0, floats);
    return floats;
}

const Tensor* find_tensor(const std::vector<Tensor>& tensors, const std::string& name) {
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const Tensor& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &*found;
}

// Numbers of which there is one for each output.
Status check_vector(const Tensor* tensor, const std::string& name) {
    if (tensor == nullptr || tensor->shape.size() != 1)
        return {Code::kWeightsTensor, name, "is missing or no vector"};
    if (tensor->values.dtype == Dtype::kI8)
        return {Code::kWeightsTensor, name, "is of I8, which only a weight can be"};
    return {};
}

// Tensors PREFIX.0.weight, PREFIX.0.bias, PREFIX.1.weight, … with a PREFIX.N.scale beside a weight
// of I8, as far as there are any. used: is raised by the number of tensors taken.
Result<std::vector<LayerView>> assemble_layers(const std::string& prefix, int most,
                                               const std::vector<Tensor>& tensors,
                                               std::size_t& used) {
    std::vector<LayerView> layers;
    for (int i = 0; i < most; ++i) {
        const std::string name = prefix + "." + std::to_string(i);
        const Tensor* weight = find_tensor(tensors, name + ".weight");
        const Tensor* bias = find_tensor(tensors, name + ".bias");
        if (weight == nullptr && bias == nullptr) break;
        if (weight == nullptr || weight->shape.size() != 2)
            return Status{Code::kWeightsTensor, name + ".weight", "is missing or no matrix"};
        if (Status status = check_vector(bias, name + ".bias"); !status.ok()) return status;
        layers.push_back({static_cast<int>(weight->shape[1]), static_cast<int>(weight->shape[0]),
                          weight->values, bias->values});
        used += 2;
        if (weight->values.dtype != Dtype::kI8) continue;
        const Tensor* scale = find_tensor(tensors, name + ".scale");
        if (Status status = check_vector(scale, name + ".scale"); !status.ok()) return status;
        layers.back().scale = scale->values;
        ++used;
    }
    return layers;
}

// The layers, the early exit's, and no other tensors.
Status assemble(const std::vector<Tensor>& tensors, WeightsView& weights) {
    std::size_t used = 0;
    auto layers = assemble_layers("layers", kMaxLayers, tensors, used);
    if (!layers.ok()) return layers.status();
    if (layers->empty()) return {Code::kWeightsTensor, "layers.0.weight", "is missing"};
    auto exit = assemble_layers("early_exit", kMaxExitLayers, tensors, used);
    if (!exit.ok()) return exit.status();
    if (used != tensors.size())
        return {Code::kWeightsTensor, "",
                "there are tensors besides layers.N.weight and layers.N.bias (and "
                "layers.N.scale beside a weight of I8), and early_exit.0 and 1 likewise, or a "
                "layer is missing between others"};
    weights.layers = std::move(*layers);
    weights.early_exit = std::move(*exit);
    return {};
}

Result<std::vector<ReceptiveField>> fields_of(const WeightsView& weights) {
    std::vector<int> units;
    for (const LayerView& layer : weights.layers) units.push_back(layer.outputs);
    return receptive_fields_of(weights.metadata, units);
}

// Which layers' tensors hold the weights of their receptive fields alone.
// Errors: kWeightsMetadata where there can be no such fields.
Status tell_what_is_seen(WeightsView& weights) {
    const auto fields = fields_of(weights);
    if (!fields.ok()) return fields.status();
    int below = kInputPixels;
    for (std::size_t l = 0; l < fields->size(); ++l) {
        LayerView& layer = weights.layers[l];
        const int inputs_seen = (*fields)[l].inputs_of_field();
        if (layer.inputs == inputs_seen && inputs_seen != below) {
            layer.inputs = below;
            layer.inputs_seen = inputs_seen;
        }
        below = layer.outputs;
    }
    return {};
}

// Of the tensors' values, layer by layer, whatever their order in the file.
std::string digest_of(const WeightsView& weights) {
    Sha256 digest;
    for (const auto* layers : {&weights.layers, &weights.early_exit})
        for (const LayerView& layer : *layers)
            for (const TensorValues* values : {&layer.weight, &layer.scale, &layer.bias}) {
                const auto* bytes = reinterpret_cast<const char*>(values->bytes.data());
                digest.update({bytes, values->bytes.size()});
            }
    return digest.hex();
}

Result<Activation> activation_of(const Metadata& metadata) {
    const auto found = metadata.find("activation");
    if (found == metadata.end())
        return Status{Code::kWeightsMetadata, "activation", "is missing; relu or tanh is needed"};
    if (found->second == "relu") return Activation::kRelu;
    if (found->second == "tanh") return Activation::kTanh;
    return Status{Code::kWeightsMetadata, "activation",
                  "is neither relu nor tanh, which are all that this version knows"};
}

Status check_stated(const Metadata& metadata, const char* key, const std::string& expected,
                    Code code, const char* why) {
    const auto found = metadata.find(key);
    if (found == metadata.end() || found->second == expected) return {};
    return {code, key, why};
}

Status of_file(const std::string& path, Status status) {
    status.where = path + (status.where.empty() ? "" : ": " + status.where);
    return status;
}

enum class Digest { kVerify, kKnown };

Result<WeightsView> view(std::span<const std::uint8_t> file, Digest digest) {
    auto read = parse_safetensors(file, kMaxTensors);
    if (!read.ok()) return read.status();
    Metadata& metadata = read->metadata;
    const auto activation = activation_of(metadata);
    if (!activation.ok()) return activation.status();
    WeightsView weights{*activation, {}, {}};
    if (Status status = assemble(read->tensors, weights); !status.ok()) return status;
    if (Status status =
            check_stated(metadata, "input", kWeightsInputConvention, Code::kWeightsMetadata,
                         "states another kind of input than this version makes");
        !status.ok())
        return status;
    if (digest == Digest::kVerify)
        if (Status status =
                check_stated(metadata, "tensors_sha256", digest_of(weights), Code::kWeightsDigest,
                             "does not match the tensors; the file is damaged");
            !status.ok())
            return status;
    weights.metadata = std::move(metadata);
    if (Status status = tell_what_is_seen(weights); !status.ok()) return status;
    return weights;
}

}  // namespace

Result<WeightsView> view_weights(std::span<const std::uint8_t> file) {
    return view(file, Digest::kVerify);
}

Result<WeightsView> view_verified_weights(std::span<const std::uint8_t> file) {
    return view(file, Digest::kKnown);
}

Result<NetworkParameters> parse_weights(std::span<const std::uint8_t> file) {
    auto view = view_weights(file);
    if (!view.ok()) return view.status();
    if (Status status = check_layers(*view); !status.ok()) return status;
    auto fields = fields_of(*view);
    if (!fields.ok()) return fields.status();
    fields->resize(view->layers.size());
    NetworkParameters parameters{view->activation, {}, std::move(view->metadata)};
    const auto add = [](const LayerView& layer, const ReceptiveField& field,
                        std::vector<DenseLayer>& to) {
        to.push_back({layer.inputs, layer.outputs, weights_of(layer, field), biases_of(layer)});
    };
    for (std::size_t l = 0; l < view->layers.size(); ++l)
        add(view->layers[l], (*fields)[l], parameters.layers);
    for (const LayerView& layer : view->early_exit) add(layer, {}, parameters.early_exit);
    return parameters;
}

Result<NetworkParameters> read_weights(const std::string& path) {
    const auto bytes = read_weights_bytes(path);
    if (!bytes.ok()) return bytes.status();
    auto parameters = parse_weights(bytes->bytes());
    if (!parameters.ok()) return of_file(path, parameters.status());
    return parameters;
}

Result<Model> read_model(const std::string& path) {
    const auto bytes = read_weights_bytes(path);
    if (!bytes.ok()) return bytes.status();
    const auto view = view_weights(bytes->bytes());
    if (!view.ok()) return of_file(path, view.status());
    auto model = Model::make(*view);
    if (!model.ok()) return of_file(path, model.status());
    return model;
}

}  // namespace digit
