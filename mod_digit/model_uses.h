// SPDX-License-Identifier: Apache-2.0
// Where the configuration uses which model.
#pragma once

#include <httpd.h>

#include <string>
#include <vector>

#include "mod_digit/config.h"

namespace digit {

struct ModelUse {
    const ModelEntry* entry;
    std::string place;         // "digit.example.org *:443", "digit.example.org *:443 /digit"
    std::uint64_t min_golden;  // what DigitMinGolden says there
};

// Every server and every section that names a model, and every server that falls back on the
// default of `defaults`. A place is named alike as long as its server and section are.
std::vector<ModelUse> model_uses(const server_rec* main_server, const LocationConfig& defaults);

}  // namespace digit
