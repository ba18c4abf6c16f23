// SPDX-License-Identifier: Apache-2.0
// Options that say what and how to learn: the members of Settings.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "trainer/settings.h"

namespace digit {

// An option whose default is shown in the help.
template <class T>
CLI::Option* add_option(CLI::App& app, const std::string& name, T& value, const std::string& help,
                        const std::string& group) {
    return app.add_option(name, value, help)->capture_default_str()->group(group);
}

// Options for the network, the optimisation, augmentation and distillation. Their defaults are what
// `settings` holds, and they change it.
void add_settings_options(CLI::App& app, Settings& settings);

}  // namespace digit
