// SPDX-License-Identifier: Apache-2.0
// A progress bar on stderr, if that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace digit {

class Progress {
  public:
    // total: of all items; unit: "pictures", "B".
    Progress(std::int64_t total, std::string unit);
    ~Progress() { clear(); }

    // Redraws at most ten times a second.
    void update(std::int64_t done, const std::string& label);
    // Removes the bar, so that something else may be printed.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    const std::int64_t total_;
    const std::string unit_;
    const bool enabled_;
    const Clock::time_point began_;
    Clock::time_point drawn_;
    std::int64_t first_ = -1;  // done at the first update
    bool visible_ = false;
};

}  // namespace digit
