// SPDX-License-Identifier: Apache-2.0
#include "trainer/training.h"

#include <algorithm>
#include <vector>

#include "trainer/random.h"

namespace digit {

namespace {

MlpShape shape_of(const Settings& settings) {
    MlpShape shape;
    shape.activation = settings.activation;
    shape.normalised = settings.normalised;
    shape.centred = settings.centred;
    shape.sizes.push_back(kInputPixels);
    shape.sizes.insert(shape.sizes.end(), settings.hidden.begin(), settings.hidden.end());
    shape.sizes.push_back(kDigits);
    return shape;
}

Mlp initial(const Settings& settings) {
    Mlp mlp(shape_of(settings));
    mlp.initialise(settings.seed);
    return mlp;
}

OptimiserSettings optimiser_settings(const Settings& settings, const Dataset& data) {
    OptimiserSettings result;
    result.kind = settings.optimiser;
    result.momentum = settings.momentum;
    result.weight_decay = settings.decay_for(data.size());
    result.average_keep = settings.average;
    return result;
}

// Enough for means and variances that are as good as those of all pictures.
constexpr int kStatisticsPictures = 12000;

// A rank's sums on a cache line of their own.
struct alignas(64) RankSums {
    LossSums sums;
};

}  // namespace

Training::Training(const Settings& settings, const Dataset& data, Team& team,
                   std::vector<NetworkParameters> teachers)
    : settings_(settings),
      team_(team),
      sampler_(settings, data),
      mlp_(initial(settings)),
      optimiser_(optimiser_settings(settings, data), mlp_.values.size()),
      propagation_(mlp_, sampler_.batch_size(), settings.dropout, team),
      teachers_(std::move(teachers), settings.centred, settings.temperature, sampler_.batch_size(),
                team.size()),
      batches_{Batch(sampler_.batch_size()), Batch(sampler_.batch_size())} {
    for (Batch& batch : batches_) {
        batch.size = sampler_.batch_size();
        if (teachers_.empty()) continue;
        batch.soft_targets.assign(batch.targets.size(), 0.0f);
        batch.soft_weight = settings.teacher_weight;
        batch.temperature = settings.temperature;
    }
    optimiser_.begin_average(mlp_.values);
}

LossSums Training::run_epoch(const std::function<void(std::int64_t)>& progress) {
    sampler_.begin_epoch(epoch_);
    const std::int64_t steps = sampler_.steps();
    const std::int64_t first = epoch_ * steps;
    std::vector<RankSums> sums(static_cast<std::size_t>(team_.size()));
    team_.run([&](int rank) {
        const Range rows = share_of(sampler_.batch_size(), rank, team_.size());
        for (std::int64_t step = 0; step < steps; ++step) {
            Batch& batch = batches_[static_cast<std::size_t>(step % 2)];
            sampler_.fill(step, rows, batch);
            if (!teachers_.empty()) teachers_.look_at(rank, rows, batch);
            team_.barrier();
            const float rate =
                learning_rate_at(settings_, first + step, settings_.epochs * steps, steps);
            sums[static_cast<std::size_t>(rank)].sums +=
                propagation_.step(rank, batch, noise_of(first + step),
                                  optimiser_.plan(first + step, rate), mlp_, optimiser_);
            if (rank == 0) progress((step + 1) * sampler_.batch_size());
        }
    });
    ++epoch_;
    LossSums total;
    for (const RankSums& part : sums) total += part.sums;
    return total;
}

NetworkParameters Training::network() {
    return fold(mlp_, optimiser_.published(mlp_.values), statistics());
}

std::uint64_t Training::noise_of(std::int64_t step) const {
    return Random(settings_.seed, Stream::kDropout, {static_cast<std::uint64_t>(step)}).next();
}

NormStatistics Training::statistics() {
    NormStatistics statistics(mlp_.places);
    if (!mlp_.shape.normalised) return statistics;
    statistics.clear();
    sampler_.begin_epoch(std::max(0, epoch_ - 1));
    const std::int64_t steps =
        std::min<std::int64_t>(sampler_.steps(), 1 + kStatisticsPictures / sampler_.batch_size());
    team_.run([&](int rank) {
        const Range rows = share_of(sampler_.batch_size(), rank, team_.size());
        for (std::int64_t step = 0; step < steps; ++step) {
            Batch& batch = batches_[static_cast<std::size_t>(step % 2)];
            sampler_.fill(step, rows, batch);
            team_.barrier();
            propagation_.measure(rank, batch, mlp_, optimiser_.published(mlp_.values),
                                 1 / static_cast<float>(steps), statistics);
        }
    });
    return statistics;
}

}  // namespace digit
