// SPDX-License-Identifier: Apache-2.0
// All that a training is given to look at.
#pragma once

#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/dataset.h"
#include "trainer/options.h"
#include "trainer/sampler.h"
#include "trainer/team.h"

namespace digit {

struct TrainingData {
    TrainingPictures train;
    Dataset validation;                // set aside to choose by; may be empty
    Dataset test;                      // MNIST's; empty without MNIST
    std::vector<std::string> refused;  // files of folders that show no digit
    std::string digest;                // of what is trained on

    // Looked at between epochs.
    const Dataset& seen() const { return validation.size() > 0 ? validation : test; }
    const char* seen_name() const { return validation.size() > 0 ? "validation" : "test"; }
};

// Loads, inverts and splits the data as the options say. Errors: kIo.
Result<TrainingData> load_training_data(const TrainOptions& options, Team& team);

}  // namespace digit
