// SPDX-License-Identifier: Apache-2.0
// All that a training is given to look at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/dataset.h"
#include "trainer/options.h"
#include "trainer/sampler.h"
#include "trainer/team.h"

namespace digit {

// Stays where it is: `train` refers to `pool`.
struct TrainingData {
    TrainingData() = default;
    TrainingData(const TrainingData&) = delete;
    TrainingData& operator=(const TrainingData&) = delete;

    TrainingPictures train;
    std::optional<DrawnPool> pool;
    Dataset validation;                // set aside to choose by; may be empty
    Dataset test;                      // MNIST's; empty without MNIST
    Dataset others_validation;         // likewise, of no digits
    Dataset drawn_validation;          // of the pool's kind, for calibration
    std::vector<std::string> refused;  // files of folders that show no digit
    std::string digest;                // of what is trained on

    // Looked at between epochs.
    const Dataset& seen() const { return validation.size() > 0 ? validation : test; }
    const char* seen_name() const { return validation.size() > 0 ? "validation" : "test"; }
};

// Loads, inverts and splits the data as the options say. data: empty. Errors: kIo.
Status load_training_data(const TrainOptions& options, Team& team, TrainingData& data);

}  // namespace digit
