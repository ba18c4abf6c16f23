// SPDX-License-Identifier: Apache-2.0
// Small random networks for the tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/receptive_field.h"
#include "libdigit/weights_file.h"

namespace digit::test {

// Layers of the given widths (the first is the input's), weights scaled so that activations stay
// around one.
inline NetworkParameters random_network(const std::vector<int>& widths, Activation activation,
                                        unsigned seed = 1) {
    std::mt19937 random(seed);
    NetworkParameters parameters;
    parameters.activation = activation;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        std::normal_distribution<float> normal(0, 1.5f / std::sqrt(static_cast<float>(widths[i])));
        DenseLayer layer;
        layer.inputs = widths[i];
        layer.outputs = widths[i + 1];
        layer.weight.resize(static_cast<std::size_t>(widths[i]) *
                            static_cast<std::size_t>(widths[i + 1]));
        layer.bias.resize(static_cast<std::size_t>(widths[i + 1]));
        for (float& w : layer.weight) w = normal(random);
        for (float& b : layer.bias) b = normal(random);
        parameters.layers.push_back(std::move(layer));
    }
    return parameters;
}

// Adds an early exit of so many units to a network with two hidden layers. sureness: its logits are
// so many times what random weights make.
inline void add_early_exit(NetworkParameters& parameters, int units, float sureness,
                           unsigned seed = 3) {
    const int inputs = parameters.layers.front().outputs;
    parameters.early_exit = random_network({inputs, units, 10}, Activation::kRelu, seed).layers;
    for (float& w : parameters.early_exit.back().weight) w *= sureness;
    for (float& b : parameters.early_exit.back().bias) b *= sureness;
}

// The network that an early exit makes of the first layer.
inline NetworkParameters way_out_of(const NetworkParameters& parameters) {
    NetworkParameters way_out{parameters.activation, {parameters.layers.front()}, {}};
    way_out.layers.insert(way_out.layers.end(), parameters.early_exit.begin(),
                          parameters.early_exit.end());
    return way_out;
}

// The same where the first layers' units see fields of what lies below alone: their other weights
// are zero, and the metadata say so.
inline NetworkParameters network_with_fields(const std::vector<ReceptiveField>& fields,
                                             const std::vector<int>& widths, Activation activation,
                                             unsigned seed = 1) {
    NetworkParameters parameters = random_network(widths, activation, seed);
    parameters.metadata["receptive_field"] = text_of(fields);
    const auto fitted = fit_receptive_fields(fields, std::span(widths).subspan(1));
    for (std::size_t l = 0; l < fitted->size(); ++l) {
        const ReceptiveField& field = (*fitted)[l];
        DenseLayer& layer = parameters.layers[l];
        const int channels = layer.outputs / field.fields();
        for (int unit = 0; unit < layer.outputs; ++unit)
            for (int input = 0; input < layer.inputs; ++input) {
                // There and back.
                const int row = input / field.depth / field.edge;
                const int column = input / field.depth % field.edge;
                const bool back = field.winding && row % 2 != 0;
                const int x =
                    (back ? field.edge - 1 - column : column) - field.left(unit / channels);
                const int y = row - field.top(unit / channels);
                float& weight = layer.weight[static_cast<std::size_t>(unit) *
                                                 static_cast<std::size_t>(layer.inputs) +
                                             static_cast<std::size_t>(input)];
                if (x < 0 || x >= field.size || y < 0 || y >= field.size)
                    weight = 0;
                else
                    weight *= std::sqrt(static_cast<float>(layer.inputs) /
                                        static_cast<float>(field.inputs_of_field()));
            }
    }
    return parameters;
}

// A file that has the zeros outside fields too, as versions wrote it that knew no others.
inline std::string file_with_zeros(NetworkParameters network, WeightsDtype dtype) {
    network.metadata["Receptive_field"] = network.metadata.at("receptive_field");
    network.metadata.erase("receptive_field");
    std::string file = serialise_weights(network, dtype);
    file[file.find("\"Receptive_field\"") + 1] = 'r';
    return file;
}

// What serves of the file that they are written to in whole numbers.
inline Result<Model> model_of_whole_numbers(const NetworkParameters& parameters) {
    const std::string file = serialise_weights(parameters, WeightsDtype::kI8);
    const auto view =
        view_weights({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    if (!view.ok()) return view.status();
    return Model::make(*view);
}

// Bit for bit.
inline bool same_layers(const std::vector<DenseLayer>& a, const std::vector<DenseLayer>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].inputs != b[i].inputs || a[i].outputs != b[i].outputs ||
            a[i].weight != b[i].weight || a[i].bias != b[i].bias)
            return false;
    return true;
}
inline bool same_layers(const NetworkParameters& a, const NetworkParameters& b) {
    return a.activation == b.activation && same_layers(a.layers, b.layers) &&
           same_layers(a.early_exit, b.early_exit);
}

// count pictures, four fifths of the pixels zero as in MNIST.
inline std::vector<std::uint8_t> random_pixels(std::size_t count, unsigned seed = 2) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> pixels(count * 784);
    for (std::uint8_t& p : pixels)
        p = random() % 5 < 4 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
    return pixels;
}

}  // namespace digit::test
