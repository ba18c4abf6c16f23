// SPDX-License-Identifier: Apache-2.0
// A training in progress, epoch by epoch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "trainer/conv_learner.h"
#include "trainer/dataset.h"
#include "trainer/mlp_learner.h"
#include "trainer/optimiser.h"
#include "trainer/sampler.h"
#include "trainer/settings.h"
#include "trainer/teacher_answers.h"
#include "trainer/teachers.h"
#include "trainer/team.h"

namespace digit {

// Everything that changes while training; together with settings and data enough to go on.
struct TrainingState {
    std::int64_t epoch = 0;      // epochs done
    std::int64_t step = 0;       // steps done of the next one
    std::vector<LossSums> sums;  // of those, by rank
    AlignedVector<float> parameters;
    Optimiser::State optimiser;
};

// Networks that a training begins from or listens to.
struct GivenNetworks {
    std::optional<NetworkParameters> initial;  // none: random weights; of an MlpLearner only
    TeacherNetworks teachers;                  // for distillation; none: learn from labels alone
};

// Told by one thread while an epoch runs.
struct EpochHooks {
    std::function<void(std::int64_t pictures)> progress;  // done of this epoch
    std::function<bool()> stop;                           // true: stop after the current step
};

// The same settings, data, networks and kind of CPU give the same bits, however often the training
// was stopped and continued in between. Learner: what is trained, MlpLearner or ConvLearner.
template <class Learner>
class TrainingOf {
  public:
    // settings, data and team must outlive it. `data` holds at least one picture.
    TrainingOf(const Settings& settings, const TrainingPictures& data, Team& team,
               GivenNetworks networks = {});

    // Runs one epoch, or the rest of one. Returns the sums over the epoch's batches, each as it was
    // before its own step; nothing if it was stopped.
    std::optional<LossSums> run_epoch(const EpochHooks& hooks = {});

    int epochs_done() const { return static_cast<int>(epoch_); }
    std::int64_t pictures_an_epoch() const { return sampler_.steps() * sampler_.batch_size(); }
    // That of the last step.
    float learning_rate() const;
    const Learner& learner() const { return learner_; }

    // The network as it would be used now, without metadata.
    typename Learner::Network network();

    TrainingState state() const;
    // Errors: kIo, if the state does not fit the network.
    Status restore(TrainingState state);

  private:
    // False if the training is to stop before this step.
    bool train_step(int rank, std::int64_t step, Range rows);
    // Measured over pictures as the last epoch had them, with the parameters that are published:
    // statistics tracked in training would be those of other parameters.
    typename Learner::Statistics statistics();
    std::uint64_t noise_of(std::int64_t step) const;

    const Settings& settings_;
    Team& team_;
    Sampler sampler_;
    Learner learner_;
    Optimiser optimiser_;
    Teachers teachers_;
    std::optional<TeacherAnswers> answers_;  // where what they say can be kept
    std::array<Batch, 2> batches_;           // one is filled while the other may still be read
    std::int64_t epoch_ = 0;
    std::int64_t step_ = 0;
    // By rank, each written by its own thread once a step: too seldom for sharing lines to matter.
    std::vector<LossSums> sums_;
    bool stopping_ = false;
};

extern template class TrainingOf<MlpLearner>;
extern template class TrainingOf<ConvLearner>;
using Training = TrainingOf<MlpLearner>;
using ConvTraining = TrainingOf<ConvLearner>;

}  // namespace digit
