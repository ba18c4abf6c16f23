// SPDX-License-Identifier: Apache-2.0
// A convolutional network: too dear to serve, but a good teacher of those that are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trainer/aligned.h"
#include "trainer/convolve.h"

namespace digit {

// One stage: 3×3 convolution with a zero border, batch normalisation, ReLU, and then maybe the
// maximum of every 2×2, which halves the picture's edge (rounded down).
struct ConvStage {
    int channels = 0;  // a multiple of kLane
    bool pooled = false;

    bool operator==(const ConvStage&) const = default;
};

// Stages on a 28×28 picture of one channel; a dense layer makes ten logits of what comes out.
struct ConvShape {
    std::vector<ConvStage> stages;

    // "16p-32-48p": p for pooled.
    std::string name() const;
    // The reverse; nothing where a stage's channels are no multiple of kLane from 16 to 1024, or
    // nothing is left of the picture.
    static std::vector<ConvStage> parse(const std::string& text);
};

// Where a stage's parameters begin among all of them, and the sizes it works on.
struct ConvPlace {
    int edge = 0;  // of the picture that comes in
    int inputs = 0;
    int outputs = 0;
    bool pooled = false;
    std::size_t weight = 0;  // outputs × patch(), a patch row by row, channels innermost
    std::size_t shift = 0;   // outputs
    std::size_t scale = 0;   // outputs; 0 in a ConvNetwork, whose shift is the bias

    int patch() const { return 9 * inputs; }
    ConvolutionSize size() const { return {edge, inputs, outputs}; }
    int pixels() const { return edge * edge; }
    int edge_out() const { return pooled ? edge / 2 : edge; }
};

struct DensePlace {
    int inputs = 0;
    std::size_t weight = 0;  // 10 × inputs, row-major
    std::size_t bias = 0;    // kLane, of which 10 are used
};

// Mean and variance of every channel before normalisation, by stage.
struct ConvStatistics {
    std::vector<AlignedVector<float>> mean;
    std::vector<AlignedVector<float>> variance;
    // All 0, to add to.
    explicit ConvStatistics(const std::vector<ConvPlace>& places);
};

// The parameters in training, all in one array.
struct ConvNet {
    ConvShape shape;
    std::vector<ConvPlace> places;
    DensePlace dense;
    AlignedVector<float> values;

    explicit ConvNet(ConvShape shape);

    // Weights N(0, 2/inputs) (He et al. 2015), scales 1, the rest 0.
    void initialise(std::uint64_t seed);
};

// The network as it is asked: normalisation folded into weights and shifts. Same places.
struct ConvNetwork {
    ConvShape shape;
    std::vector<ConvPlace> places;
    DensePlace dense;
    AlignedVector<float> values;
};

// values: as ConvNet::values.
ConvNetwork fold(const ConvNet& net, const AlignedVector<float>& values,
                 const ConvStatistics& statistics);

}  // namespace digit
