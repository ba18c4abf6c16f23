// SPDX-License-Identifier: Apache-2.0
#include "trainer/conv_teachers.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "trainer/checkpoint.h"
#include "trainer/evaluate.h"
#include "trainer/interrupt.h"
#include "trainer/progress.h"
#include "trainer/settings_text.h"
#include "trainer/training.h"

namespace digit {

namespace {

std::string checkpoint_of(const TrainOptions& options, int teacher) {
    return options.checkpoint + ".teacher" + std::to_string(teacher + 1);
}

// Of the first ones.
int strangers_to_drawn(const Settings& settings) {
    if (settings.drawn.total() == 0) return 0;
    return std::max(0, settings.conv.count - settings.conv.of_drawn);
}

// A teacher sees the same kinds of pictures, but perhaps no drawn ones, and begins from weights of
// its own.
Settings settings_of(const Settings& settings, int teacher) {
    const ConvSettings& conv = settings.conv;
    Settings own = settings;
    if (teacher < strangers_to_drawn(settings)) own.drawn.pictures = own.drawn.others = 0;
    own.hidden.clear();
    own.receptive_fields.clear();
    own.shared_weights = 0;
    own.early_exit.units = 0;
    own.conv.count = 1;
    own.teachers.clear();
    own.teacher_weight = Settings().teacher_weight;
    own.temperature = Settings().temperature;
    own.seed = settings.seed + 1000003 * (static_cast<std::uint64_t>(teacher) + 1);
    own.epochs = conv.epochs;
    own.batch_size = conv.batch_size;
    own.learning_rate = conv.learning_rate;
    own.warm_up_epochs = 1;
    own.weight_decay = 0.02f;
    learn_by_adamw(own);
    own.dtype = Settings().dtype;  // of the weights file, which a teacher has none of
    return own;
}

class OneTeacher {
  public:
    OneTeacher(const TrainOptions& options, const TrainingData& data, Team& team, int number)
        : settings_(settings_of(options.settings, number)),
          options_(options),
          data_(data),
          team_(team),
          name_("teacher " + std::to_string(number + 1)),
          checkpoint_(checkpoint_of(options, number)),
          training_(settings_, data.train, team),
          progress_(training_.pictures_an_epoch() * settings_.epochs, "pictures") {}

    // Where there is a checkpoint.
    Status resume() {
        if (access(checkpoint_.c_str(), F_OK) != 0) return {};
        Result<Checkpoint> found = read_checkpoint(checkpoint_);
        if (!found) return found.status();
        Status status = check_same_settings(checkpoint_, identity(), found->settings);
        return status.ok() ? training_.restore(std::move(found->state)) : status;
    }

    // False if the user interrupted.
    Result<bool> train() {
        auto saved = Clock::now();
        while (training_.epochs_done() < settings_.epochs) {
            const int epoch = training_.epochs_done();
            const std::int64_t before = epoch * training_.pictures_an_epoch();
            const auto sums = training_.run_epoch(
                {[&](std::int64_t done) { progress_.update(before + done, name_); }, interrupted});
            progress_.clear();
            const bool done = sums && epoch + 1 == settings_.epochs;
            if (sums && (done || (epoch + 1) % settings_.evaluate_every == 0)) look(epoch, *sums);
            if (!sums || done ||
                Clock::now() - saved > std::chrono::minutes(options_.checkpoint_minutes)) {
                saved = Clock::now();
                Status status =
                    write_checkpoint(checkpoint_, {identity(), training_.state(), {}, {}, 0});
                if (!status.ok()) return status;
            }
            if (!sums) return false;
        }
        return true;
    }

    ConvNetwork network() { return training_.network(); }

  private:
    using Clock = std::chrono::steady_clock;

    std::vector<std::pair<std::string, std::string>> identity() const {
        auto identity = settings_text(settings_);
        identity.emplace_back("data", data_.digest);
        if (settings_.drawn.total() > 0) identity.emplace_back("fonts", data_.pool->fingerprint());
        return identity;
    }

    void look(int epoch, const LossSums& sums) {
        const ConvNetwork network = training_.network();
        std::printf("Teacher epoch %d train_accuracy: %.4f", epoch,
                    static_cast<double>(sums.correct) / static_cast<double>(sums.labelled));
        // Never at the test pictures.
        if (data_.validation.size() > 0) {
            const Evaluation seen = evaluate(network, data_.validation, team_);
            std::printf("  validation_accuracy: %.4f  validation_loss: %.4f", seen.accuracy(),
                        seen.loss);
        }
        if (data_.drawn_validation.size() > 0 && settings_.drawn.total() > 0)
            std::printf("  drawn_accuracy: %.4f",
                        evaluate(network, data_.drawn_validation, team_).accuracy());
        std::printf("\n");
        std::fflush(stdout);
    }

    const Settings settings_;
    const TrainOptions& options_;
    const TrainingData& data_;
    Team& team_;
    const std::string name_;
    const std::string checkpoint_;
    ConvTraining training_;
    Progress progress_;
};

}  // namespace

Result<ConvTeachers> train_conv_teachers(const TrainOptions& options, const TrainingData& data,
                                         Team& team) {
    ConvTeachers teachers;
    for (int i = 0; i < options.settings.conv.count; ++i) {
        OneTeacher teacher(options, data, team, i);
        if (options.resume)
            if (Status status = teacher.resume(); !status.ok()) return status;
        const Result<bool> trained = teacher.train();
        if (!trained) return trained.status();
        if (!*trained) {
            teachers.interrupted = true;
            return teachers;
        }
        teachers.networks.convolutional.push_back(teacher.network());
    }
    teachers.networks.strangers_to_drawn =
        static_cast<std::size_t>(strangers_to_drawn(options.settings));
    return teachers;
}

void forget_conv_teachers(const TrainOptions& options) {
    for (int i = 0; i < options.settings.conv.count; ++i) unlink(checkpoint_of(options, i).c_str());
}

}  // namespace digit
