// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "libdigit/half.h"
#include "libdigit/weights_digest.h"
#include "libdigit/weights_file.h"

namespace digit {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderAlignment = 64;

std::string tensor_bytes(const std::vector<float>& values, WeightsDtype dtype) {
    const std::size_t width = dtype == WeightsDtype::kF32 ? 4 : 2;
    std::string bytes(values.size() * width, '\0');
    if (dtype == WeightsDtype::kF32) {
        std::memcpy(bytes.data(), values.data(), bytes.size());
        return bytes;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint16_t half = half_from_float(values[i]);
        std::memcpy(bytes.data() + 2 * i, &half, 2);
    }
    return bytes;
}

struct Tensor {
    std::string name;
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
    std::vector<Tensor> biases;
    Sha256 digest;
    for (std::size_t i = 0; i < parameters.layers.size(); ++i) {
        const DenseLayer& layer = parameters.layers[i];
        const std::string name = "layers." + std::to_string(i);
        matrices.push_back({name + ".weight", Json::array({layer.outputs, layer.inputs}),
                            tensor_bytes(layer.weight, dtype)});
        biases.push_back(
            {name + ".bias", Json::array({layer.outputs}), tensor_bytes(layer.bias, dtype)});
        digest.update(matrices.back().bytes);
        digest.update(biases.back().bytes);
    }

    Json metadata = Json::object();
    for (const auto& [key, value] : parameters.metadata) metadata[key] = value;
    metadata["architecture"] = architecture(parameters.layers);
    metadata["activation"] = activation_name(parameters.activation);
    metadata["input"] = kWeightsInputConvention;
    metadata["tensors_sha256"] = digest.hex();

    Json header = Json::object();
    header["__metadata__"] = metadata;
    std::string data;
    for (const auto* tensors : {&matrices, &biases})
        for (const Tensor& tensor : *tensors) {
            header[tensor.name] = {
                {"dtype", dtype == WeightsDtype::kF32 ? "F32" : "F16"},
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
