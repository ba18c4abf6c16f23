// SPDX-License-Identifier: Apache-2.0
// How a training went.
#pragma once

#include <string>
#include <vector>

#include "libdigit/status.h"

namespace digit {

// One look at the network, after an epoch.
struct EpochRecord {
    int epoch = 0;  // from 0
    double learning_rate = 0;
    // Over the epoch's batches as they were trained on, augmented and regularised.
    double train_loss = 0;
    double train_accuracy = 0;
    // Over the validation pictures, or the test pictures without a validation split.
    double seen_loss = 0;
    double seen_accuracy = 0;
    double drawn_accuracy = 0;  // over held-out drawn pictures, if there are any
    double seconds = 0;         // since training began, all runs of it together
};

// Writes all records as CSV. Errors: kIo.
Status write_metrics(const std::string& path, const std::vector<EpochRecord>& history,
                     const std::string& seen_name);

}  // namespace digit
