// SPDX-License-Identifier: Apache-2.0
// The command line of digit-train.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "trainer/settings.h"

namespace digit {

struct TrainOptions {
    Settings settings;
    std::vector<std::string> data;   // folders
    std::vector<std::string> fonts;  // folders with fonts to draw from; none: the system's
    bool download = false;           // into the first of them
    std::string mirror;
    std::string init;                    // weights file to begin from
    bool receptive_field_given = false;  // on the command line, not by a recipe
    bool early_exit_given = false;       // likewise
    std::string output = "digit.safetensors";
    std::string checkpoint;  // file
    int checkpoint_minutes = 10;
    bool resume = false;
    bool keep_checkpoints = false;
    int patience = 0;     // looks without improvement before training stops; 0: no early stopping
    double kept = 0.95;   // part of the validation pictures whose answer is not called uncertain
    std::string metrics;  // CSV file
    std::string report;   // folder
};

// The options, or the exit status of a command line that asks for no training: help or version
// (0, printed on stdout), or an error (2, one sentence on stderr).
std::variant<TrainOptions, int> parse_train_options(int argc, char** argv);

}  // namespace digit
