// SPDX-License-Identifier: Apache-2.0
#include "trainer/training.h"

#include <algorithm>

#include "trainer/random.h"

namespace digit {

namespace {

MlpLearner make_learner(const Settings& settings, const std::optional<NetworkParameters>& initial,
                        int max_batch, Team& team, const MlpLearner*) {
    return {settings, initial, max_batch, team};
}

ConvLearner make_learner(const Settings& settings, const std::optional<NetworkParameters>&,
                         int max_batch, Team& team, const ConvLearner*) {
    return {settings, max_batch, team};
}

OptimiserSettings optimiser_settings(const Settings& settings, const TrainingPictures& data) {
    OptimiserSettings result;
    result.kind = settings.optimiser;
    result.momentum = settings.momentum;
    result.weight_decay = settings.decay_for(data.pictures.size());
    result.average_keep = settings.average;
    return result;
}

// Enough for means and variances that are as good as those of all pictures.
constexpr std::int64_t kStatisticsPictures = 12000;

}  // namespace

template <class Learner>
TrainingOf<Learner>::TrainingOf(const Settings& settings, const TrainingPictures& data, Team& team,
                                GivenNetworks networks)
    : settings_(settings),
      team_(team),
      sampler_(settings, data),
      learner_(make_learner(settings, networks.initial, sampler_.batch_size(), team,
                            static_cast<const Learner*>(nullptr))),
      optimiser_(optimiser_settings(settings, data), learner_.values().size()),
      teachers_(std::move(networks.teachers), settings.centred, settings.temperature,
                std::max(sampler_.batch_size(), TeacherAnswers::kBlock * team.size()), team.size()),
      batches_{Batch(sampler_.batch_size()), Batch(sampler_.batch_size())},
      sums_(static_cast<std::size_t>(team.size())) {
    for (Batch& batch : batches_) {
        batch.size = sampler_.batch_size();
        if (teachers_.empty()) continue;
        batch.soft_targets.assign(batch.targets.size(), 0.0f);
        batch.soft_weight = settings.teacher_weight;
        batch.temperature = settings.temperature;
    }
    if (!teachers_.empty() && settings.views > 0 && settings.mixup == 0)
        answers_.emplace(settings, sampler_, teachers_, team);
    optimiser_.begin_average(learner_.values());
}

template <class Learner>
std::optional<LossSums> TrainingOf<Learner>::run_epoch(const EpochHooks& hooks) {
    sampler_.begin_epoch(static_cast<int>(epoch_), team_);
    if (answers_ && !answers_->prepare(hooks.stop)) return std::nullopt;
    stopping_ = false;
    const std::int64_t begin = step_;
    team_.run([&](int rank) {
        const Range rows = share_of(sampler_.batch_size(), rank, team_.size());
        for (std::int64_t step = begin; step < sampler_.steps(); ++step) {
            if (rank == 0) stopping_ = hooks.stop && hooks.stop();
            if (!train_step(rank, step, rows)) return;
            if (rank != 0) continue;
            step_ = step + 1;
            if (hooks.progress) hooks.progress(step_ * sampler_.batch_size());
        }
    });
    if (stopping_) return std::nullopt;
    ++epoch_;
    step_ = 0;
    LossSums total;
    for (LossSums& part : sums_) {
        total += part;
        part = {};
    }
    return total;
}

template <class Learner>
bool TrainingOf<Learner>::train_step(int rank, std::int64_t step, Range rows) {
    Batch& batch = batches_[static_cast<std::size_t>(step % 2)];
    sampler_.fill(step, rows, batch);
    if (answers_)
        answers_->put(rows, batch);
    else if (!teachers_.empty())
        teachers_.look_at(rank, rows, sampler_.pictures_of_data(), batch);
    team_.barrier();
    // Between this barrier and the next nobody writes it: all ranks stop at the same step.
    if (stopping_) return false;
    const std::int64_t steps = sampler_.steps();
    const std::int64_t total_step = epoch_ * steps + step;
    const float rate = learning_rate_at(settings_, total_step, settings_.epochs * steps, steps);
    StepPlan plan = optimiser_.plan(total_step, rate);
    plan.shared_fields = fields_are_shared_at(settings_, total_step, settings_.epochs * steps);
    sums_[static_cast<std::size_t>(rank)] +=
        learner_.step(rank, batch, noise_of(total_step), plan, optimiser_);
    return true;
}

template <class Learner>
std::uint64_t TrainingOf<Learner>::noise_of(std::int64_t step) const {
    return Random(settings_.seed, Stream::kDropout, {static_cast<std::uint64_t>(step)}).next();
}

template <class Learner>
float TrainingOf<Learner>::learning_rate() const {
    const std::int64_t steps = sampler_.steps();
    const std::int64_t last = std::max<std::int64_t>(0, epoch_ * steps + step_ - 1);
    return learning_rate_at(settings_, last, settings_.epochs * steps, steps);
}

template <class Learner>
typename Learner::Network TrainingOf<Learner>::network() {
    return learner_.network(optimiser_.published(learner_.values()), statistics());
}

template <class Learner>
typename Learner::Statistics TrainingOf<Learner>::statistics() {
    auto statistics = learner_.no_statistics();
    if (!learner_.normalised()) return statistics;
    const std::int64_t last = step_ > 0 ? epoch_ : std::max<std::int64_t>(0, epoch_ - 1);
    sampler_.begin_epoch(static_cast<int>(last), team_);
    const std::int64_t steps =
        std::min(sampler_.steps(), 1 + kStatisticsPictures / sampler_.batch_size());
    team_.run([&](int rank) {
        const Range rows = share_of(sampler_.batch_size(), rank, team_.size());
        for (std::int64_t step = 0; step < steps; ++step) {
            Batch& batch = batches_[static_cast<std::size_t>(step % 2)];
            sampler_.fill(step, rows, batch);
            team_.barrier();
            learner_.measure(rank, batch, optimiser_.published(learner_.values()),
                             1 / static_cast<float>(steps), statistics);
        }
    });
    return statistics;
}

template <class Learner>
TrainingState TrainingOf<Learner>::state() const {
    return {epoch_, step_, sums_, learner_.values(), optimiser_.state()};
}

template <class Learner>
Status TrainingOf<Learner>::restore(TrainingState state) {
    const Optimiser::State& now = optimiser_.state();
    if (state.sums.size() != sums_.size() || state.parameters.size() != learner_.values().size() ||
        state.optimiser.first.size() != now.first.size() ||
        state.optimiser.second.size() != now.second.size() ||
        state.optimiser.average.size() != now.average.size() || state.step < 0 ||
        state.step >= sampler_.steps() || state.epoch < 0)
        return {Code::kIo, "", "the checkpoint does not fit the network"};
    epoch_ = state.epoch;
    step_ = state.step;
    sums_ = std::move(state.sums);
    learner_.values() = std::move(state.parameters);
    optimiser_.state() = std::move(state.optimiser);
    return {};
}

template class TrainingOf<MlpLearner>;
template class TrainingOf<ConvLearner>;

}  // namespace digit
