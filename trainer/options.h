// SPDX-License-Identifier: Apache-2.0
// The command line of digit-train.
#pragma once

#include <string>
#include <variant>

#include "trainer/settings.h"

namespace digit {

struct TrainOptions {
    Settings settings;
    std::string data;
    bool download = false;  // into `data`
    std::string mirror;
    std::string output = "digit.safetensors";
};

// The options, or the exit status of a command line that asks for no training: help or version
// (0, printed on stdout), or an error (2, one sentence on stderr).
std::variant<TrainOptions, int> parse_train_options(int argc, char** argv);

}  // namespace digit
