// SPDX-License-Identifier: Apache-2.0
// Gradient to new parameters: SGD with momentum, or AdamW; and the running average of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trainer/aligned.h"
#include "trainer/matrix.h"
#include "trainer/update_ops.h"

namespace digit {

enum class OptimiserKind { kSgd, kAdamW };

struct OptimiserSettings {
    OptimiserKind kind = OptimiserKind::kSgd;
    float momentum = 0;    // SGD; AdamW's beta1
    float beta2 = 0.999f;  // AdamW
    float weight_decay =
        0;  // SGD: added to the gradient as decay · w; AdamW: decoupled. Not on biases.
    float average_keep = 0;  // of the running average of the parameters, a step; 0: no average
};

// What changes from step to step; the same for all threads.
struct StepPlan {
    SgdStep sgd;
    AdamStep adam;
    float average_keep = 0;
    // The weights of receptive fields stay alike.
    bool shared_fields = false;
};

class Optimiser {
  public:
    Optimiser(const OptimiserSettings& settings, std::size_t parameters);

    // step: counts from 0 over the whole training.
    StepPlan plan(std::int64_t step, float rate) const;

    // Updates the parameters of some rows of a weight matrix, rows × a.columns, that begin at
    // `offset`; their gradient is dᵀ · a, d: batch × rows, a: batch × columns. SGD lets the product
    // add to what it updates; AdamW makes it in `slab`, slab_rows × columns, a few rows at a time,
    // to be used while it is in cache. Threads may update disjoint parts at the same time.
    void update_by_product(const StepPlan& plan, ConstMatrix d, ConstMatrix a, std::size_t offset,
                           float* slab, int slab_rows, AlignedVector<float>& parameters);

    // Updates parameters[offset, offset + count) from their gradient. decays: whether weight decay
    // applies to them.
    void update(const StepPlan& plan, const float* gradient, std::size_t offset, std::size_t count,
                bool decays, AlignedVector<float>& parameters);

    // Begins the running average at these parameters.
    void begin_average(const AlignedVector<float>& parameters);

    // What is to be published: the running average, or `parameters` themselves without one.
    const AlignedVector<float>& published(const AlignedVector<float>& parameters) const;

    // Everything that a checkpoint must keep; arrays that are not in use are empty.
    struct State {
        AlignedVector<float> first;
        AlignedVector<float> second;
        AlignedVector<float> average;
    };
    State& state() { return state_; }
    const State& state() const { return state_; }

  private:
    void add_to_average(const StepPlan& plan, std::size_t offset, std::size_t count,
                        const AlignedVector<float>& parameters);

    OptimiserSettings settings_;
    State state_;
};

}  // namespace digit
