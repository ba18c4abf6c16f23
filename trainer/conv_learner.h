// SPDX-License-Identifier: Apache-2.0
// One step of a convolutional network's training: forward, backward, update, by a team of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/aligned.h"
#include "trainer/back_propagation.h"
#include "trainer/conv_net.h"
#include "trainer/loss.h"
#include "trainer/optimiser.h"
#include "trainer/settings.h"
#include "trainer/team.h"

namespace digit {

// Every rank has some of the batch's pictures and normalises over those alone ("ghost batches",
// Hoffer et al. 2017); the ranks' gradients are added up in order, so that the same number of
// threads gives the same bits. Source: LeCun et al. 1998.
class ConvLearner {
  public:
    using Network = ConvNetwork;
    using Statistics = ConvStatistics;

    // Takes shape and seed from Settings::conv and Settings::seed.
    ConvLearner(const Settings& settings, int max_batch, Team& team);

    AlignedVector<float>& values() { return net_.values; }
    const AlignedVector<float>& values() const { return net_.values; }
    bool normalised() const { return true; }

    // As BackPropagation's; noise is not used.
    LossSums step(int rank, const Batch& batch, std::uint64_t noise, const StepPlan& plan,
                  Optimiser& optimiser);
    Statistics no_statistics() const { return Statistics(net_.places); }
    void measure(int rank, const Batch& batch, const AlignedVector<float>& values, float weight,
                 Statistics& statistics);
    Network network(const AlignedVector<float>& values, const Statistics& statistics) const {
        return fold(net_, values, statistics);
    }

  private:
    // What a rank keeps of a stage for all of its pictures.
    struct Kept {
        AlignedVector<float> input;       // bordered
        AlignedVector<float> normalised;  // pictures × pixels × outputs
        AlignedVector<float> output;      // likewise, after ReLU
        AlignedVector<float> mean, variance;
    };
    struct Rank {
        std::vector<Kept> stages;
        AlignedVector<float> flat;              // what the dense layer takes
        AlignedVector<float> logits;            // pictures × kLane, then their gradient
        AlignedVector<float> kernel;            // of a stage, also turned, and its gradient
        AlignedVector<float> bordered;          // one picture's gradient
        AlignedVector<float> gradient;          // by what comes out of a stage, all pictures
        AlignedVector<float> product_gradient;  // by a stage's products, all pictures
        AlignedVector<float> sums;              // the gradient by all parameters
    };

    void forward(Rank& own, const Batch& batch, Range rows, const float* values);
    void pass_on(const Kept& kept, const ConvPlace& place, int picture, Rank& own,
                 std::size_t next) const;
    LossSums logits_and_loss(Rank& own, const Batch& batch, Range rows) const;
    void backward(Rank& own, int pictures);
    void stage_backward(Rank& own, std::size_t stage, int pictures);
    void input_gradient(Rank& own, const ConvPlace& place, int pictures);
    void update(int rank, const StepPlan& plan, Optimiser& optimiser);

    ConvNet net_;
    std::vector<Rank> ranks_;
    Team& team_;
};

}  // namespace digit
