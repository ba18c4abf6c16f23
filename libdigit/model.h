// SPDX-License-Identifier: Apache-2.0
// A multi-layer perceptron in memory, ready for the forward pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libdigit/pages.h"
#include "libdigit/receptive_field.h"
#include "libdigit/status.h"
#include "libdigit/weights_view.h"

namespace digit {

// One dense layer as a file holds it and a trainer makes it: y = W x + b.
// weight: outputs × inputs, row-major (PyTorch's Linear). bias: outputs.
struct DenseLayer {
    int inputs = 0;
    int outputs = 0;
    std::vector<float> weight;
    std::vector<float> bias;
};

// What a trainer publishes and a weights file holds.
struct NetworkParameters {
    Activation activation = Activation::kRelu;  // between layers; softmax follows the last
    std::vector<DenseLayer> layers;
    Metadata metadata;  // recipe, seed, accuracies, …; all strings, no secrets
    // None, or two layers more: from the first layer's outputs, with ReLU, to ten probabilities of
    // their own, by the same temperature. Where these are sure enough (metadata
    // "early_exit_above"), the other layers are not asked.
    // Source: Teerapittayanon, McDanel and Kung 2016, "BranchyNet".
    std::vector<DenseLayer> early_exit{};
};

// Valid as long as `parameters` are and do not change.
WeightsView view_of(const NetworkParameters& parameters);

// Whether they make a network: 784 inputs, each layer's outputs the next one's inputs, ten outputs,
// and as many weights, biases and, with I8, scales; of an early exit likewise, and that there is a
// layer for it to spare. With the zeros outside receptive fields the layers have at most 2^28
// weights. Errors: kWeightsTensor, kWeightsChain.
Status check_layers(const WeightsView& weights);

// Above this probability an early exit's answer is taken where the metadata do not say.
inline constexpr float kEarlyExitAbove = 0.998f;

// A network laid out for the forward pass. Immutable, shareable between threads; made before
// httpd forks, its pages are shared by all workers and do not depend on the file any more.
class Model {
  public:
    // Weights as 16-bit numbers with one scale an output, their two bytes in planes of their own:
    // what is sure with the high bytes alone never reads the low ones. The weight from input i to
    // output o is scale[o] × (high[i][o] + low[i][o] / 256), off by at most 1/65024 of the output's
    // largest; weights that are whole numbers times a scale already are exact, and have no low
    // bytes. Rows are an input's, so that a zero input costs nothing, padded to `stride`; all
    // padding is zero and all arrays are 64-byte aligned.
    struct Layer {
        int inputs = 0;
        int outputs = 0;
        int stride = 0;
        bool whole_numbers = false;
        // Of a layer with receptive fields (metadata "receptive_field"), one for 64 outputs;
        // else empty. The planes are then the windows' weights, one window after the other.
        std::span<const FieldWindow> windows;
        ReceptiveField field;               // where not every output sees all inputs
        const std::int8_t* high = nullptr;  // inputs × stride, but for windows
        const std::int8_t* low = nullptr;   // the same; null: all zero
        const float* scale = nullptr;       // stride
        // stride. After a tanh the inputs are given as 1 to 255, and what the 128 that stands for
        // zero adds is taken off here: see kTanhZero.
        const float* bias = nullptr;
    };
    // A tanh's output y is the input y × kTanhUnits + kTanhZero of the next layer.
    static constexpr float kTanhZero = 128;
    static constexpr float kTanhUnits = 127;

    // Does not depend on the viewed bytes afterwards.
    // Errors: kWeightsTensor, kWeightsChain, kWeightsValue, kWeightsMetadata, kOutOfMemory; among
    // them weights outside the receptive fields that are not zero.
    static Result<Model> make(const WeightsView& weights);
    static Result<Model> make(const NetworkParameters& parameters) {
        return make(view_of(parameters));
    }

    // The same, of what release_packed() of a model gave that was made of equal weights by the same
    // version of this code: neither the weights' values nor the packed bytes are looked at, so it
    // costs next to nothing. Errors: kWeightsTensor, also where `packed` is of another size;
    // kWeightsChain, kWeightsMetadata.
    static Result<Model> adopt(const WeightsView& weights, Pages packed);
    std::span<const std::uint8_t> packed() const { return memory_.bytes(); }
    // The model itself is of no use any more.
    Pages release_packed() { return std::move(memory_); }
    // Changes with the layout of packed(), so that nobody adopts what another version packed.
    static constexpr int kPackedLayout = 4;

    Activation activation() const { return activation_; }
    std::span<const Layer> layers() const { return {layers_.data(), layers_.size() - exits_}; }
    // Two layers, or none.
    std::span<const Layer> early_exit() const { return std::span(layers_).last(exits_); }
    // It answers where its highest probability is more than this (metadata "early_exit_above").
    float early_exit_above() const { return early_exit_above_; }
    const Metadata& metadata() const { return metadata_; }
    int widest_layer() const { return widest_; }  // the largest stride, for scratch space
    std::size_t widest_window() const { return widest_window_; }  // the most inputs of one
    // Divides the logits before softmax so that confidence is calibrated (metadata "temperature").
    float temperature() const { return temperature_; }
    // A confidence below this is reported as uncertain (metadata "uncertain_below").
    float uncertain_below() const { return uncertain_below_; }
    // "784-512-256-10"
    std::string architecture() const;

  private:
    Model() = default;
    // Everything but the memory. Errors as adopt's.
    static Result<Model> laid_out(const WeightsView& weights);
    std::size_t packed_bytes() const;
    void point_into_memory();

    Activation activation_ = Activation::kRelu;
    std::vector<Layer> layers_;                      // the early exit's last
    std::size_t exits_ = 0;                          // how many those are
    std::vector<ReceptiveField> receptive_fields_;   // of the first layers
    std::vector<std::vector<FieldWindow>> windows_;  // of each of these
    Metadata metadata_;
    int widest_ = 0;
    std::size_t widest_window_ = 0;
    float temperature_ = 1;
    float uncertain_below_ = 0.5f;
    float early_exit_above_ = kEarlyExitAbove;
    Pages memory_;  // read-only; holds all layers
};

}  // namespace digit
