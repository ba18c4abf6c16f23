// SPDX-License-Identifier: Apache-2.0
// The parameters of a multi-layer perceptron in training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libdigit/model.h"
#include "trainer/aligned.h"
#include "trainer/receptive_fields.h"

namespace digit {

struct MlpShape {
    std::vector<int> sizes;  // 784, the hidden layers, 10
    Activation activation = Activation::kRelu;
    // Batch normalisation between every hidden layer's product and its activation.
    bool normalised = false;
    // The pixels in training run from -1 to 1 instead of from 0 to 1.
    bool centred = false;
    // Of the first layers' units, layer by layer; those of the others see all that lies below.
    std::vector<ReceptiveFields> fields{};
    int frozen = 0;  // so many layers, the first ones, stay as they are; fewer than there are

    int layers() const { return static_cast<int>(sizes.size()) - 1; }
    // Null where a layer's units see all that lies below.
    const ReceptiveFields* fields_of(std::size_t layer) const {
        return layer < fields.size() ? &fields[layer] : nullptr;
    }
};

// Where a layer's parameters begin among all of them.
struct LayerPlace {
    int inputs = 0;  // all that lie below
    int fan_in = 0;  // those of them that a unit sees, and so its weights
    int outputs = 0;
    bool normalised = false;
    std::size_t weight = 0;  // outputs × fan_in, row-major
    std::size_t bias = 0;    // padded(outputs); the shift of a normalised layer
    std::size_t scale = 0;   // padded(outputs); a normalised layer only
};

// Mean and variance of every unit of the normalised layers, before normalisation.
struct NormStatistics {
    std::vector<AlignedVector<float>> mean;      // by layer, padded(outputs)
    std::vector<AlignedVector<float>> variance;  // likewise
    // Mean 0 and variance 1.
    explicit NormStatistics(const std::vector<LayerPlace>& places);
    // Both 0, to add to.
    void clear();
};

// All parameters lie in one array, so that an optimiser's state is an array alike.
struct Mlp {
    MlpShape shape;
    std::vector<LayerPlace> places;
    AlignedVector<float> values;

    // All parameters 0.
    explicit Mlp(MlpShape shape);

    // Weights N(0, 2/fan_in) before ReLU (He et al. 2015), N(0, 1/fan_in) otherwise (LeCun et al.
    // 1998), but N(0, 1/(3 fan_in)), PyTorch's default, where they are normalised: there their size
    // is of no account but for the steps, which are larger beside them. Scales 1, the rest 0. With
    // receptive fields, each channel has the same weights in all of them.
    void initialise(std::uint64_t seed);
};

// The network as it is served: normalisation and centring folded into the weights, and zeros for
// what a unit does not see. values: as Mlp::values. statistics: read for normalised layers only.
NetworkParameters fold(const Mlp& mlp, const AlignedVector<float>& values,
                       const NormStatistics& statistics);

// The reverse, for a network without normalisation. fields: as MlpShape's; what lies outside them
// is lost.
Mlp unfold(const NetworkParameters& network, std::vector<ReceptiveFields> fields = {});

}  // namespace digit
