// SPDX-License-Identifier: Apache-2.0
// A multi-layer perceptron as TrainingOf trains it.
#pragma once

#include <cstdint>
#include <optional>

#include "trainer/back_propagation.h"
#include "trainer/mlp.h"
#include "trainer/settings.h"

namespace digit {

class MlpLearner {
  public:
    using Network = NetworkParameters;
    using Statistics = NormStatistics;

    // initial: the weights to begin with, and the shape, zero outside the settings' receptive
    // fields; none: the settings' shape, random weights.
    MlpLearner(const Settings& settings, const std::optional<NetworkParameters>& initial,
               int max_batch, Team& team);

    const Mlp& mlp() const { return mlp_; }
    AlignedVector<float>& values() { return mlp_.values; }
    const AlignedVector<float>& values() const { return mlp_.values; }
    bool normalised() const { return mlp_.shape.normalised; }

    // As BackPropagation's.
    LossSums step(int rank, const Batch& batch, std::uint64_t noise, const StepPlan& plan,
                  Optimiser& optimiser) {
        return propagation_.step(rank, batch, noise, plan, mlp_, optimiser);
    }
    // Where there is nothing to measure: mean 0 and variance 1; else 0, to add to.
    Statistics no_statistics() const;
    void measure(int rank, const Batch& batch, const AlignedVector<float>& values, float weight,
                 Statistics& statistics) {
        propagation_.measure(rank, batch, mlp_, values, weight, statistics);
    }
    Network network(const AlignedVector<float>& values, const Statistics& statistics) const {
        return fold(mlp_, values, statistics);
    }

  private:
    Mlp mlp_;
    BackPropagation propagation_;
};

}  // namespace digit
