// SPDX-License-Identifier: Apache-2.0
// How many large pictures a server decodes at a time, so that the memory of all its requests
// together is bounded and not only that of each.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>

namespace digit {

// A decode that takes no more than this is not counted. Phone photos stay below it; what is above
// are large interlaced or progressive pictures.
inline constexpr std::size_t kOrdinaryDecodeBytes = 4u << 20;

// Slots in memory that is shared with every process forked after it was made. Lock-free; a slot
// remembers its process, so that one that was killed while decoding keeps none for ever.
class LargeDecodes {
  public:
    // slots: at least one. Throws std::bad_alloc.
    explicit LargeDecodes(std::size_t slots);
    ~LargeDecodes();
    LargeDecodes(const LargeDecodes&) = delete;
    LargeDecodes& operator=(const LargeDecodes&) = delete;

    // The slot taken; nothing where all are. Thread-safe.
    std::optional<std::size_t> enter();
    void leave(std::size_t slot) { owners_[slot].store(0, std::memory_order_release); }

  private:
    using Owner = std::atomic<pid_t>;  // 0: free
    static_assert(Owner::is_always_lock_free);

    std::span<Owner> owners_;
};

}  // namespace digit
