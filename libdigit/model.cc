// SPDX-License-Identifier: Apache-2.0
#include "libdigit/model.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "libdigit/frame.h"

namespace digit {
namespace {

constexpr std::size_t kAlign = 64;  // bytes: one cache line, one AVX-512 register
constexpr int kMaxWidth = 65536;
constexpr double kMostCode = 127 * 256;  // of a 16-bit weight, so that its high byte is at most 127

std::string layer_name(std::size_t index, const char* what) {
    return "layers." + std::to_string(index) + "." + what;
}

bool all_finite(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

Status check_layer(const DenseLayer& layer, std::size_t index, int expected_inputs) {
    if (layer.inputs != expected_inputs)
        return {Code::kWeightsChain, layer_name(index, "weight"),
                "takes " + std::to_string(layer.inputs) + " inputs, but is given " +
                    std::to_string(expected_inputs)};
    if (layer.outputs < 1 || layer.outputs > kMaxWidth)
        return {Code::kWeightsChain, layer_name(index, "weight"),
                "has " + std::to_string(layer.outputs) + " outputs; 1 to 65536 are possible"};
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    if (layer.weight.size() != inputs * outputs)
        return {Code::kWeightsTensor, layer_name(index, "weight"),
                "holds another number of values than its shape"};
    if (layer.bias.size() != outputs)
        return {Code::kWeightsChain, layer_name(index, "bias"),
                "has " + std::to_string(layer.bias.size()) + " values for " +
                    std::to_string(outputs) + " outputs"};
    if (!all_finite(layer.weight))
        return {Code::kWeightsValue, layer_name(index, "weight"), "holds a NaN or an infinity"};
    if (!all_finite(layer.bias))
        return {Code::kWeightsValue, layer_name(index, "bias"), "holds a NaN or an infinity"};
    return {};
}

Status check_layers(const std::vector<DenseLayer>& layers) {
    if (layers.empty()) return {Code::kWeightsChain, "", "there are no layers"};
    int width = kInputPixels;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (Status status = check_layer(layers[i], i, width); !status.ok()) return status;
        width = layers[i].outputs;
    }
    if (width != kDigits)
        return {Code::kWeightsChain, layer_name(layers.size() - 1, "weight"),
                "has " + std::to_string(width) + " outputs; the last layer must have 10"};
    return {};
}

std::size_t padded(std::size_t outputs) { return (outputs + kAlign - 1) / kAlign * kAlign; }

// Of one layer: two planes of bytes, scales and biases.
std::size_t bytes_of(const DenseLayer& layer) {
    return padded(static_cast<std::size_t>(layer.outputs)) *
           (2 * static_cast<std::size_t>(layer.inputs) + 2 * sizeof(float));
}

// Writes one output's column of the two planes and its scale; the result is the sum of the
// column's weights as they were stored, in units of the scale.
double store_column(const float* weights, std::size_t count, std::size_t stride, std::int8_t* high,
                    std::int8_t* low, float& scale) {
    float largest = 0;
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::fabs(weights[i]));
    scale = largest / 127;
    if (scale == 0) return 0;  // the memory is zero already
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        // A scale so small that it has lost bits may be too small by half.
        const double exact = static_cast<double>(weights[i]) / static_cast<double>(scale) * 256;
        const auto code = static_cast<int>(std::lrint(std::clamp(exact, -kMostCode, kMostCode)));
        const int upper = (code + 128) >> 8;
        high[i * stride] = static_cast<std::int8_t>(upper);
        low[i * stride] = static_cast<std::int8_t>(code - upper * 256);
        sum += code / 256.0;
    }
    return sum;
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

}  // namespace

std::string activation_name(Activation activation) {
    return activation == Activation::kTanh ? "tanh" : "relu";
}

Result<Model> Model::make(const NetworkParameters& parameters) {
    if (Status status = check_layers(parameters.layers); !status.ok()) return status;
    const auto temperature = metadata_number(parameters.metadata, "temperature", 1, 0.01f, 100);
    if (!temperature.ok()) return temperature.status();
    const auto uncertain = metadata_number(parameters.metadata, "uncertain_below", 0.5f, 0, 1);
    if (!uncertain.ok()) return uncertain.status();

    Model model;
    for (const DenseLayer& layer : parameters.layers) model.memory_bytes_ += bytes_of(layer);
    model.memory_ = mmap(nullptr, model.memory_bytes_, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (model.memory_ == MAP_FAILED) {
        model.memory_ = nullptr;
        return Status{Code::kOutOfMemory, "", "no memory for the network's weights"};
    }
    auto* next = static_cast<std::int8_t*>(model.memory_);
    for (const DenseLayer& from : parameters.layers) {
        const auto inputs = static_cast<std::size_t>(from.inputs);
        const auto outputs = static_cast<std::size_t>(from.outputs);
        const std::size_t stride = padded(outputs);
        std::int8_t* high = next;
        std::int8_t* low = high + inputs * stride;
        auto* scale = reinterpret_cast<float*>(low + inputs * stride);
        float* bias = scale + stride;
        const bool after_tanh =
            parameters.activation == Activation::kTanh && !model.layers_.empty();
        for (std::size_t o = 0; o < outputs; ++o) {
            const double sum = store_column(from.weight.data() + o * inputs, inputs, stride,
                                            high + o, low + o, scale[o]);
            bias[o] = from.bias[o];
            if (after_tanh)
                bias[o] -= static_cast<float>(sum * static_cast<double>(scale[o]) *
                                              static_cast<double>(kTanhZero / kTanhUnits));
        }
        model.layers_.push_back(
            {from.inputs, from.outputs, static_cast<int>(stride), high, low, scale, bias});
        model.widest_ = std::max(model.widest_, static_cast<int>(stride));
        next += bytes_of(from);
    }
    // From here on a stray write kills one worker instead of changing every worker's answers.
    mprotect(model.memory_, model.memory_bytes_, PROT_READ);
    model.activation_ = parameters.activation;
    model.metadata_ = parameters.metadata;
    model.temperature_ = *temperature;
    model.uncertain_below_ = *uncertain;
    return model;
}

Model::Model(Model&& other) noexcept { *this = std::move(other); }

Model& Model::operator=(Model&& other) noexcept {
    std::swap(activation_, other.activation_);
    std::swap(layers_, other.layers_);
    std::swap(metadata_, other.metadata_);
    std::swap(widest_, other.widest_);
    std::swap(temperature_, other.temperature_);
    std::swap(uncertain_below_, other.uncertain_below_);
    std::swap(memory_, other.memory_);
    std::swap(memory_bytes_, other.memory_bytes_);
    return *this;
}

Model::~Model() {
    if (memory_ != nullptr) munmap(memory_, memory_bytes_);
}

std::string Model::architecture() const {
    std::string text = std::to_string(kInputPixels);
    for (const Layer& layer : layers_) text += "-" + std::to_string(layer.outputs);
    return text;
}

}  // namespace digit
