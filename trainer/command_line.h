// SPDX-License-Identifier: Apache-2.0
// What the command lines of the tools have in common.
#pragma once

#include <optional>
#include <string>

#include "libdigit/status.h"

namespace CLI {
class App;
}

namespace digit {

// Exit statuses.
inline constexpr int kFailed = 1;      // missing or broken files
inline constexpr int kWrongUsage = 2;  // wrong options

// Parses; returns the exit status where nothing else is to be done: 0 after --help and
// --version (printed on stdout), kWrongUsage after an error (one sentence on stderr).
std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv);

// Prints "PROGRAM: SENTENCE." on stderr and returns the exit status.
int usage_error(const std::string& program, const std::string& sentence);
int failure(const std::string& program, const Status& status);

std::string version_line(const std::string& program);

}  // namespace digit
