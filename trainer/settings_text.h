// SPDX-License-Identifier: Apache-2.0
// Settings in words: for a weights file's metadata, reports, and to tell whether a checkpoint
// belongs to a command line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainer/settings.h"

namespace digit {

// Name and value of every setting that has a part in the result, named as its option is, without
// the dashes; those that are off (0, none) are left out. Values keep every bit of a number.
std::vector<std::pair<std::string, std::string>> settings_text(const Settings& settings);

}  // namespace digit
