// SPDX-License-Identifier: Apache-2.0
// What was answered to which label.
#pragma once

#include <array>
#include <string>

#include "libdigit/frame.h"

namespace digit {

class Confusion {
  public:
    void add(int label, int answer) { ++counts_.at(index(label)).at(index(answer)); }
    // Counts as wrong.
    void add_refused(int label) { ++counts_.at(index(label)).at(kDigits); }

    int total() const;
    int correct() const;
    // [label][answer], answer 10: refused.
    int count(int label, int answer) const { return counts_.at(index(label)).at(index(answer)); }

    // A table with a row a label, and last the line "accuracy: 0.9876 (1234 of 1250)".
    std::string text() const;

  private:
    static std::size_t index(int digit) { return static_cast<std::size_t>(digit); }

    std::array<std::array<int, kDigits + 1>, kDigits> counts_{};
};

}  // namespace digit
