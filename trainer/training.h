// SPDX-License-Identifier: Apache-2.0
// A training in progress, epoch by epoch.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "trainer/back_propagation.h"
#include "trainer/dataset.h"
#include "trainer/mlp.h"
#include "trainer/optimiser.h"
#include "trainer/sampler.h"
#include "trainer/settings.h"
#include "trainer/teachers.h"
#include "trainer/team.h"

namespace digit {

// The same settings, data and kind of CPU give the same bits.
class Training {
  public:
    // settings, data and team must outlive it. `data` holds at least one picture. teachers: for
    // distillation; none: learn from labels alone.
    Training(const Settings& settings, const Dataset& data, Team& team,
             std::vector<NetworkParameters> teachers = {});

    // Runs one epoch. progress: called by one thread with the pictures done in it. Returns the
    // sums over the epoch's batches, each as it was before its own step.
    LossSums run_epoch(const std::function<void(std::int64_t pictures)>& progress);

    int epochs_done() const { return epoch_; }
    std::int64_t pictures_an_epoch() const { return sampler_.steps() * sampler_.batch_size(); }
    const Mlp& mlp() const { return mlp_; }

    // The network as it would be served now, without metadata.
    NetworkParameters network();

  private:
    // Measured over pictures as the last epoch had them, with the parameters that are published:
    // statistics tracked in training would be those of other parameters.
    NormStatistics statistics();
    std::uint64_t noise_of(std::int64_t step) const;

    const Settings& settings_;
    Team& team_;
    Sampler sampler_;
    Mlp mlp_;
    Optimiser optimiser_;
    BackPropagation propagation_;
    Teachers teachers_;
    std::array<Batch, 2> batches_;  // one is filled while the other may still be read
    int epoch_ = 0;
};

}  // namespace digit
