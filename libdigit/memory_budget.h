// SPDX-License-Identifier: Apache-2.0
// What one picture may still allocate.
#pragma once

#include <cstddef>

namespace digit {

// Counts bytes; whoever allocates takes first and allocates only when it got them.
class MemoryBudget {
  public:
    explicit MemoryBudget(std::size_t limit_bytes) : left_(limit_bytes) {}

    // False, and nothing taken, when fewer than `bytes` are left.
    [[nodiscard]] bool take(std::size_t bytes) {
        if (bytes > left_) return false;
        left_ -= bytes;
        return true;
    }
    void give_back(std::size_t bytes) { left_ += bytes; }
    std::size_t left() const { return left_; }

  private:
    std::size_t left_;
};

}  // namespace digit
