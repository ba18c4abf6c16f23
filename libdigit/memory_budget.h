// SPDX-License-Identifier: Apache-2.0
// What one picture may still allocate.
#pragma once

#include <cstddef>
#include <optional>

#include "libdigit/large_decodes.h"

namespace digit {

// Counts bytes; whoever allocates takes first and allocates only when it got them.
class MemoryBudget {
  public:
    // counted: where a picture that takes more than kOrdinaryDecodeBytes needs a slot; may be null.
    explicit MemoryBudget(std::size_t limit_bytes, LargeDecodes* counted = nullptr)
        : left_(limit_bytes), counted_(counted) {}
    ~MemoryBudget() {
        if (slot_) counted_->leave(*slot_);
    }
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;

    // False, and nothing taken, when fewer than `bytes` are left or a slot is needed and none free.
    [[nodiscard]] bool take(std::size_t bytes) {
        if (bytes > left_) return false;
        if (taken_ + bytes > kOrdinaryDecodeBytes && counted_ != nullptr && !slot_) {
            slot_ = counted_->enter();
            crowded_ = !slot_;
            if (crowded_) return false;
        }
        left_ -= bytes;
        taken_ += bytes;
        return true;
    }
    void give_back(std::size_t bytes) {
        left_ += bytes;
        taken_ -= bytes;
    }
    std::size_t left() const { return left_; }
    // Why take() was false: other pictures have all the slots.
    bool crowded() const { return crowded_; }

  private:
    std::size_t left_;
    std::size_t taken_ = 0;
    LargeDecodes* counted_;
    std::optional<std::size_t> slot_;
    bool crowded_ = false;
};

}  // namespace digit
