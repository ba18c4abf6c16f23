// SPDX-License-Identifier: Apache-2.0
// The tensors of a weights file where they lie: nothing is copied before it is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace digit {

enum class Activation { kTanh, kRelu };

// "tanh" or "relu".
std::string activation_name(Activation activation);

using Metadata = std::map<std::string, std::string>;

enum class Dtype { kF32, kF16, kBf16, kI8 };

inline std::size_t dtype_bytes(Dtype dtype) {
    return dtype == Dtype::kF32 ? 4 : dtype == Dtype::kI8 ? 1 : 2;
}

// Numbers as a file holds them, little-endian, at any address; whoever makes one keeps the bytes.
struct TensorValues {
    Dtype dtype = Dtype::kF32;
    std::span<const std::uint8_t> bytes;

    std::size_t size() const { return bytes.size() / dtype_bytes(dtype); }
    // Exact, for each dtype. first + out.size() is at most size().
    void read(std::size_t first, std::span<float> out) const;
    // Whether there is neither a NaN nor an infinity.
    bool all_finite() const;
};

// One dense layer: y = W x + b. weight: outputs × weights_of_output(), row-major (PyTorch's
// Linear). bias: outputs. scale: of weights in I8, outputs: a weight is its whole number times the
// scale of its output; else empty.
struct LayerView {
    int inputs = 0;
    int outputs = 0;
    TensorValues weight;
    TensorValues bias;
    TensorValues scale{};
    // 0: `weight` has all inputs. Else those alone that an output's receptive field has, as many
    // for each, in the order of the inputs.
    int inputs_seen = 0;

    std::size_t weights_of_output() const {
        return static_cast<std::size_t>(inputs_seen == 0 ? inputs : inputs_seen);
    }
    bool whole_numbers() const { return weight.dtype == Dtype::kI8; }
    // The weights of as many outputs, from `first` on, as `out` has room for: whole rows.
    void read_weights(std::size_t first, std::span<float> out) const;
};

// A whole network.
struct WeightsView {
    Activation activation = Activation::kRelu;  // between layers; softmax follows the last
    std::vector<LayerView> layers;
    Metadata metadata;
    std::vector<LayerView> early_exit{};  // as NetworkParameters'
};

}  // namespace digit
