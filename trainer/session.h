// SPDX-License-Identifier: Apache-2.0
// One run of digit-train, from options to a weights file.
#pragma once

#include <optional>
#include <vector>

#include "trainer/checkpoint.h"
#include "trainer/options.h"
#include "trainer/progress.h"
#include "trainer/training.h"
#include "trainer/training_data.h"

namespace digit {

class Session {
  public:
    // All of them must outlive it.
    Session(const TrainOptions& options, const TrainingData& data, Training& training, Team& team);

    // Continues from the checkpoint that the options name. Errors: kIo.
    Status resume();

    // Trains until the epochs are done, validation finds no improvement any more, or the user
    // interrupts; prints a line on stdout for every look at the network. Errors: kIo.
    Status train();

    // Writes the checkpoint, for resume() to go on from. Errors: kIo.
    Status save_checkpoint();

    bool was_interrupted() const { return interrupted_; }
    // What train() ended with: the best network with early stopping, else the last.
    const NetworkParameters& network() const { return network_; }
    const std::vector<EpochRecord>& history() const { return history_; }
    double seconds() const;

  private:
    bool looks_after(int epoch) const;
    Status look(const LossSums& sums);
    // Whether validation has not improved for as long as the options allow.
    bool out_of_patience() const;

    const TrainOptions& options_;
    const TrainingData& data_;
    Training& training_;
    Team& team_;
    Progress progress_;
    std::vector<EpochRecord> history_;
    std::optional<BestNetwork> best_;
    NetworkParameters network_;
    double seconds_before_ = 0;  // of the runs before this one
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point saved_;
    bool interrupted_ = false;
};

// What must be the same for a checkpoint to be continued.
std::vector<std::pair<std::string, std::string>> identity_of(const TrainOptions& options,
                                                             const TrainingData& data);

}  // namespace digit
