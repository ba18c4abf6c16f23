// SPDX-License-Identifier: Apache-2.0
// One step of mini-batch training: forward, backward, update, by a team of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/aligned.h"
#include "trainer/loss.h"
#include "trainer/matrix.h"
#include "trainer/mlp.h"
#include "trainer/optimiser.h"
#include "trainer/team.h"

namespace digit {

// Pictures, targets and labels of one batch; each rank fills its own rows.
struct Batch {
    AlignedVector<float> pixels;        // capacity × 784, in [0, 1]
    AlignedVector<float> targets;       // capacity × kLane; the first 10 of each are probabilities
    AlignedVector<float> soft_targets;  // likewise, of teachers; where there are any
    float soft_weight = 0;
    float temperature = 1;
    AlignedVector<std::uint8_t> labels;
    std::vector<std::uint32_t> shown;  // which picture of the sampler's each is
    int size = 0;

    explicit Batch(int capacity);
};

// Every rank of the team calls step() with the same arguments. Each owns some columns of every
// layer's units: it computes their activations and gradients for the whole batch, so that nothing
// has to be added up across threads, and the ranks meet twice a layer. A weight's gradient is used
// as soon as it is made, while it is still in cache.
// Source: Bishop, PRML §5.3.
class BackPropagation {
  public:
    // dropout: the probability with which a hidden unit is left out (Srivastava et al. 2014).
    // sparsity: what the mean of the outputs of the first hidden layer, and of each with receptive
    // fields, adds to the loss, of a network of two or more and the activation is ReLU (an
    // L1 penalty: Glorot et al. 2011, section 3.3). The sums that step() returns are without it.
    BackPropagation(const Mlp& mlp, int max_batch, float dropout, float sparsity, Team& team);

    // Returns the loss over the rank's own rows. The batch must have been filled, and a barrier
    // passed since; it may be filled anew after the next barrier that a later step passes.
    // noise: the key of this step's random numbers.
    LossSums step(int rank, const Batch& batch, std::uint64_t noise, const StepPlan& plan, Mlp& mlp,
                  Optimiser& optimiser);

    // A forward pass that updates nothing but adds weight × (mean, variance) of the rank's own
    // columns to `statistics`.
    void measure(int rank, const Batch& batch, const Mlp& mlp, const AlignedVector<float>& values,
                 float weight, NormStatistics& statistics);

  private:
    void forward(int rank, const Batch& batch, const Mlp& mlp, const float* values, float dropout,
                 std::uint64_t noise);
    LossSums output_gradient(int rank, const Batch& batch, const Mlp& mlp);
    void backward(int rank, const Batch& batch, const StepPlan& plan, Mlp& mlp,
                  Optimiser& optimiser);
    void multiply_fields(int rank, int layer, ConstMatrix input, const float* values, Range own,
                         const Mlp& mlp, Matrix product);
    void propagate(int rank, int layer, int rows, const Mlp& mlp);
    void propagate_fields(int rank, int layer, int rows, const Mlp& mlp);
    void normalise_channels(int layer, const ReceptiveFields& fields, Range own, Matrix product);
    void normalise_channels_backward(int layer, const ReceptiveFields& fields, Range own,
                                     ConstMatrix normalised, const float* scales, Matrix result);
    void update_layer(int rank, int layer, const Batch& batch, const StepPlan& plan, Mlp& mlp,
                      Optimiser& optimiser);
    void update_fields(int rank, int layer, Range own, ConstMatrix gradient, ConstMatrix input,
                       const StepPlan& plan, Mlp& mlp, Optimiser& optimiser);
    void update_output_bias(ConstMatrix gradient, const StepPlan& plan, Mlp& mlp,
                            Optimiser& optimiser);
    Range own_columns(int rank, int outputs) const;

    struct Layer {
        AlignedVector<float> normalised;  // batch × padded(outputs), normalised layers only
        AlignedVector<float> output;      // batch × padded(outputs)
        AlignedVector<float> gradient;    // by the product, before normalisation and activation
        AlignedVector<float> mean;
        AlignedVector<float> variance;
        AlignedVector<float> bias_gradient;
        AlignedVector<float> scale_gradient;
        // Of each unit by itself, where all of a channel are normalised by the same: means of
        // products and their squares, then of what `along` and `common` are made of.
        AlignedVector<float> own_mean;
        AlignedVector<float> own_square;
        AlignedVector<float> along;  // as normalise_backward_by has them
        AlignedVector<float> common;
    };
    std::vector<Layer> layers_;
    std::vector<AlignedVector<float>> slabs_;  // by rank: gradient of some rows of a weight matrix
    std::vector<AlignedVector<float>> patches_;  // by rank: of one receptive field
    // By layer and rank: what its units add to the gradient of the kernels that all receptive
    // fields share; and by rank the sum of all ranks'.
    std::vector<std::vector<AlignedVector<float>>> kernel_parts_;
    std::vector<AlignedVector<float>> kernel_sums_;
    float dropout_;
    float sparsity_;
    Team& team_;
};

}  // namespace digit
