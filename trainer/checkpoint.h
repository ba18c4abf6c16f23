// SPDX-License-Identifier: Apache-2.0
// A training in a file, to be continued as if nothing had happened.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/status.h"
#include "trainer/history.h"
#include "trainer/training.h"

namespace digit {

// The best network so far, where a training stops early.
struct BestNetwork {
    double accuracy = -1;
    double loss = 0;
    int epoch = -1;
    NetworkParameters network;
};

struct Checkpoint {
    // As settings_text() gives them, and the data's digest: what must be the same to go on.
    std::vector<std::pair<std::string, std::string>> settings;
    TrainingState state;
    std::vector<EpochRecord> history;
    std::optional<BestNetwork> best;
    double seconds = 0;  // of training so far
};

// The file is this machine's own: native byte order, no promise to other versions. Written beside,
// fsynced, renamed. Errors: kIo.
Status write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

// Errors: kIo (missing, cut, changed, of another version).
Result<Checkpoint> read_checkpoint(const std::string& path);

// Says which setting differs first, if any does.
Status check_same_settings(const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& wanted,
                           const std::vector<std::pair<std::string, std::string>>& found);

}  // namespace digit
