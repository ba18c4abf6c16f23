// SPDX-License-Identifier: Apache-2.0
#include "trainer/session.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "trainer/evaluate.h"
#include "trainer/interrupt.h"
#include "trainer/settings_text.h"

namespace digit {

namespace {

using Clock = std::chrono::steady_clock;

// Between the epochs of a training that is chosen by validation, the test pictures are not looked
// at.
void print_record(const EpochRecord& record, const TrainingData& data) {
    std::printf("Epoch %d train_accuracy: %.3f", record.epoch, record.train_accuracy);
    if (data.validation.size() > 0)
        std::printf("  validation_accuracy: %.4f  validation_loss: %.4f", record.seen_accuracy,
                    record.seen_loss);
    else if (data.test.size() > 0)
        std::printf("  test_accuracy: %.3f", record.seen_accuracy);
    if (data.drawn_validation.size() > 0)
        std::printf("  drawn_accuracy: %.4f", record.drawn_accuracy);
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> identity_of(const TrainOptions& options,
                                                             const TrainingData& data) {
    auto identity = settings_text(options.settings);
    identity.emplace_back("evaluate-every", std::to_string(options.settings.evaluate_every));
    identity.emplace_back("data", data.digest);
    if (data.pool) identity.emplace_back("fonts", data.pool->fingerprint());
    identity.emplace_back("own-share", std::to_string(options.settings.own_share));
    identity.emplace_back("init", options.init);
    for (const std::string& teacher : options.settings.teachers)
        identity.emplace_back("teacher", teacher);
    return identity;
}

Session::Session(const TrainOptions& options, const TrainingData& data, Training& training,
                 Team& team)
    : options_(options),
      data_(data),
      training_(training),
      team_(team),
      progress_(training.pictures_an_epoch() * options.settings.epochs, "pictures"),
      began_(Clock::now()),
      saved_(began_) {}

double Session::seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - began_).count();
}

Status Session::resume() {
    // The teachers' own checkpoints may be all there is yet.
    if (options_.settings.conv.count > 0 && access(options_.checkpoint.c_str(), F_OK) != 0)
        return {};
    Result<Checkpoint> checkpoint = read_checkpoint(options_.checkpoint);
    if (!checkpoint) return checkpoint.status();
    Status status = check_same_settings(options_.checkpoint, identity_of(options_, data_),
                                        checkpoint->settings);
    if (!status.ok()) return status;
    status = training_.restore(std::move(checkpoint->state));
    if (!status.ok()) return status;
    history_ = std::move(checkpoint->history);
    best_ = std::move(checkpoint->best);
    seconds_before_ = checkpoint->seconds;
    return {};
}

Status Session::train() {
    const int epochs = options_.settings.epochs;
    const std::int64_t per_epoch = training_.pictures_an_epoch();
    while (training_.epochs_done() < epochs && !out_of_patience()) {
        const int epoch = training_.epochs_done();
        const std::string label =
            "epoch " + std::to_string(epoch + 1) + " of " + std::to_string(epochs);
        const std::optional<LossSums> sums = training_.run_epoch(
            {[&](std::int64_t done) { progress_.update(epoch * per_epoch + done, label); },
             interrupted});
        if (!sums) {
            interrupted_ = true;
            break;
        }
        if (looks_after(epoch))
            if (Status status = look(*sums); !status.ok()) return status;
        if (Clock::now() - saved_ > std::chrono::minutes(options_.checkpoint_minutes))
            if (Status status = save_checkpoint(); !status.ok()) return status;
    }
    progress_.clear();
    network_ = best_ ? best_->network : training_.network();
    if (interrupted_) return save_checkpoint();
    return {};
}

bool Session::looks_after(int epoch) const {
    const Settings& settings = options_.settings;
    return (epoch + 1) % settings.evaluate_every == 0 || epoch + 1 == settings.epochs;
}

Status Session::look(const LossSums& sums) {
    NetworkParameters network = training_.network();
    const Evaluation seen = evaluate(network, data_.seen(), team_);
    const Evaluation drawn = evaluate(network, data_.drawn_validation, team_);
    const auto count = static_cast<double>(sums.count);
    EpochRecord record;
    record.epoch = training_.epochs_done() - 1;
    record.learning_rate = static_cast<double>(training_.learning_rate());
    record.train_loss = sums.loss / count;
    record.train_accuracy = static_cast<double>(sums.correct) /
                            static_cast<double>(std::max<std::int64_t>(1, sums.labelled));
    record.drawn_accuracy = drawn.accuracy();
    record.seen_loss = seen.loss;
    record.seen_accuracy = seen.accuracy();
    record.seconds = seconds();
    history_.push_back(record);
    progress_.clear();
    print_record(record, data_);
    if (options_.patience > 0) {
        const bool better =
            !best_ || record.seen_accuracy > best_->accuracy ||
            (record.seen_accuracy == best_->accuracy && record.seen_loss < best_->loss);
        if (better)
            best_ = {record.seen_accuracy, record.seen_loss, record.epoch, std::move(network)};
    }
    if (options_.metrics.empty()) return {};
    return write_metrics(options_.metrics, history_, data_.seen_name());
}

bool Session::out_of_patience() const {
    if (!best_) return false;
    int since = 0;
    for (const EpochRecord& record : history_) since += record.epoch > best_->epoch;
    return since >= options_.patience;
}

Status Session::save_checkpoint() {
    saved_ = Clock::now();
    return write_checkpoint(options_.checkpoint, {identity_of(options_, data_), training_.state(),
                                                  history_, best_, seconds()});
}

}  // namespace digit
