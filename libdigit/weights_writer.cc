// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "libdigit/half.h"
#include "libdigit/receptive_field.h"
#include "libdigit/weights_digest.h"
#include "libdigit/weights_file.h"

namespace digit {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderAlignment = 64;

std::string f32_bytes(const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::string f16_bytes(const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(std::uint16_t), '\0');
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint16_t half = half_from_float(values[i]);
        std::memcpy(bytes.data() + 2 * i, &half, 2);
    }
    return bytes;
}

// What one of an output's whole numbers stands for. Its last 7 bits are zero, so that 127 times it
// is exact, and whoever rounds what is rounded already gets the same. Not finite where a weight is
// not, so that the file is refused; zero where all weights are so small that floats lose bits.
float scale_of(std::span<const float> weights) {
    constexpr float kLeast = 0x1p-100f;
    float largest = 0;
    for (const float w : weights) {
        if (!std::isfinite(w)) return w;
        largest = std::max(largest, std::fabs(w));
    }
    if (largest < kLeast) return 0;
    const auto bits = std::bit_cast<std::uint32_t>(largest / 127);
    return std::bit_cast<float>((bits + 127) & ~std::uint32_t{127});
}

float whole_number(float weight, float scale) {
    return scale == 0 || !std::isfinite(scale)
               ? 0
               : std::clamp(std::nearbyint(weight / scale), -127.0f, 127.0f);
}

// Of each output, a row of the weights.
std::vector<float> scales_of(const DenseLayer& layer) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    std::vector<float> scales;
    for (std::size_t first = 0; first < layer.weight.size(); first += inputs)
        scales.push_back(scale_of({layer.weight.data() + first, inputs}));
    return scales;
}

std::string i8_bytes(const DenseLayer& layer, const std::vector<float>& scales) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    std::string bytes(layer.weight.size(), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        // By way of a signed byte: a negative float to a char without a sign is anything.
        bytes[i] = static_cast<char>(
            static_cast<std::int8_t>(whole_number(layer.weight[i], scales[i / inputs])));
    return bytes;
}

// With the weights of `field` alone.
DenseLayer layer_as_seen(const DenseLayer& layer, const ReceptiveField& field) {
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    const auto seen = static_cast<std::size_t>(field.inputs_of_field());
    const int channels = layer.outputs / field.fields();
    DenseLayer result{static_cast<int>(seen), layer.outputs, {}, layer.bias};
    result.weight.resize(static_cast<std::size_t>(layer.outputs) * seen);
    for (int unit = 0; unit < layer.outputs; ++unit) {
        const auto row = static_cast<std::size_t>(unit);
        gather_from_inputs(field, unit / channels, layer.weight.data() + row * inputs,
                           result.weight.data() + row * seen);
    }
    return result;
}

// Which of the weights the tensors hold: of a layer with receptive fields those inside alone, where
// the others are zero, as they are in every network that is any good.
std::vector<DenseLayer> layers_as_seen(const NetworkParameters& parameters) {
    const std::vector<DenseLayer>& all = parameters.layers;
    std::vector<int> units;
    for (const DenseLayer& layer : all) units.push_back(layer.outputs);
    auto fields = receptive_fields_of(parameters.metadata, units);
    if (!fields.ok()) return all;
    const WeightsView view = view_of(parameters);
    std::vector<DenseLayer> layers;
    for (std::size_t l = 0; l < all.size(); ++l) {
        const bool seen_alone =
            l < fields->size() && all[l].inputs == (*fields)[l].inputs_below() &&
            all[l].weight.size() == static_cast<std::size_t>(all[l].inputs) *
                                        static_cast<std::size_t>(all[l].outputs) &&
            check_outside_fields(view.layers[l], (*fields)[l], "").ok();
        layers.push_back(seen_alone ? layer_as_seen(all[l], (*fields)[l]) : all[l]);
    }
    return layers;
}

struct Tensor {
    std::string name;
    const char* dtype;
    Json shape;
    std::string bytes;
};

std::string architecture(const std::vector<DenseLayer>& layers) {
    std::string text = layers.empty() ? "" : std::to_string(layers.front().inputs);
    for (const DenseLayer& layer : layers) text += "-" + std::to_string(layer.outputs);
    return text;
}

Status io_error(const std::string& path, const char* what) {
    return {Code::kIo, path, std::string(what) + " failed: " + std::strerror(errno)};
}

bool write_all(int fd, const std::string& bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t n = write(fd, bytes.data() + written, bytes.size() - written);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        written += static_cast<std::size_t>(n);
    }
    return true;
}

mode_t mode_of_new_files() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

}  // namespace

std::string serialise_weights(const NetworkParameters& parameters, WeightsDtype dtype) {
    std::vector<Tensor> matrices;
    std::vector<Tensor> vectors;
    Sha256 digest;
    const auto add = [&](std::vector<Tensor>& to, Tensor tensor) {
        digest.update(tensor.bytes);
        to.push_back(std::move(tensor));
    };
    const auto add_layer = [&](const std::string& name, const DenseLayer& layer) {
        const Json matrix = Json::array({layer.outputs, layer.inputs});
        const Json vector = Json::array({layer.outputs});
        switch (dtype) {
            case WeightsDtype::kF32:
                add(matrices, {name + ".weight", "F32", matrix, f32_bytes(layer.weight)});
                add(vectors, {name + ".bias", "F32", vector, f32_bytes(layer.bias)});
                break;
            case WeightsDtype::kF16:
                add(matrices, {name + ".weight", "F16", matrix, f16_bytes(layer.weight)});
                add(vectors, {name + ".bias", "F16", vector, f16_bytes(layer.bias)});
                break;
            case WeightsDtype::kI8: {
                const std::vector<float> scales = scales_of(layer);
                add(matrices, {name + ".weight", "I8", matrix, i8_bytes(layer, scales)});
                add(vectors, {name + ".scale", "F32", vector, f32_bytes(scales)});
                add(vectors, {name + ".bias", "F32", vector, f32_bytes(layer.bias)});
                break;
            }
        }
    };
    const std::vector<DenseLayer> layers = layers_as_seen(parameters);
    for (std::size_t i = 0; i < layers.size(); ++i)
        add_layer("layers." + std::to_string(i), layers[i]);
    for (std::size_t i = 0; i < parameters.early_exit.size(); ++i)
        add_layer("early_exit." + std::to_string(i), parameters.early_exit[i]);

    Json metadata = Json::object();
    for (const auto& [key, value] : parameters.metadata) metadata[key] = value;
    metadata["architecture"] = architecture(parameters.layers);
    metadata["activation"] = activation_name(parameters.activation);
    metadata["input"] = kWeightsInputConvention;
    metadata["tensors_sha256"] = digest.hex();

    Json header = Json::object();
    header["__metadata__"] = metadata;
    std::string data;
    // Numbers of four bytes lie at multiples of four for whoever maps the file.
    const bool vectors_first = dtype == WeightsDtype::kI8;
    for (const auto* tensors :
         {vectors_first ? &vectors : &matrices, vectors_first ? &matrices : &vectors})
        for (const Tensor& tensor : *tensors) {
            header[tensor.name] = {
                {"dtype", tensor.dtype},
                {"shape", tensor.shape},
                {"data_offsets", Json::array({data.size(), data.size() + tensor.bytes.size()})}};
            data += tensor.bytes;
        }
    std::string text = header.dump();
    text.append((kHeaderAlignment - (8 + text.size()) % kHeaderAlignment) % kHeaderAlignment, ' ');

    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i)
        file[i] = static_cast<char>(static_cast<std::uint64_t>(text.size()) >> (8 * i));
    return file + text + data;
}

void round_to_bytes(NetworkParameters& parameters) {
    for (auto* layers : {&parameters.layers, &parameters.early_exit})
        for (DenseLayer& layer : *layers) {
            const std::vector<float> scales = scales_of(layer);
            const auto inputs = static_cast<std::size_t>(layer.inputs);
            for (std::size_t i = 0; i < layer.weight.size(); ++i) {
                const float scale = scales[i / inputs];
                layer.weight[i] = whole_number(layer.weight[i], scale) * scale;
            }
        }
}

Status write_weights(const std::string& path, const NetworkParameters& parameters,
                     WeightsDtype dtype) {
    const std::string bytes = serialise_weights(parameters, dtype);
    std::string temporary = path + ".XXXXXX";
    const int fd = mkostemp(temporary.data(), O_CLOEXEC);
    if (fd < 0) return io_error(path, "creating a file beside it");
    const bool written =
        write_all(fd, bytes) && fchmod(fd, mode_of_new_files()) == 0 && fsync(fd) == 0;
    Status status = written ? Status{} : io_error(path, "writing");
    if (close(fd) != 0 && status.ok()) status = io_error(path, "writing");
    if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0)
        status = io_error(path, "renaming the finished file");
    if (!status.ok()) {
        unlink(temporary.c_str());
        return status;
    }
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd >= 0) {
        fsync(folder_fd);  // best effort: the file itself is already safe under one of its names
        close(folder_fd);
    }
    return {};
}

}  // namespace digit
