// SPDX-License-Identifier: Apache-2.0
// Memory for what a decoder needs while it reads one small picture.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libdigit/pages.h"

namespace digit {

// Handed out front to back, taken back all at once, and kept for the next picture: a server's
// hundreds of threads lend each other a few of these, where malloc would keep as much for each of
// its arenas, and one that goes gives its memory back to the system. For one thread at a time.
class DecodeBlock {
  public:
    // What libpng and zlib take for an ordinary picture is 44 KiB.
    static constexpr std::size_t kBytes = 48 * 1024;

    // Aligned for anything; nullptr where it does not fit, or where there is no memory at all.
    void* take(std::size_t bytes) noexcept {
        constexpr std::size_t kAlign = alignof(std::max_align_t);
        if (bytes > kBytes - used_) return nullptr;
        if (memory_.empty()) memory_ = Pages(kBytes);
        if (memory_.empty()) return nullptr;
        void* taken = memory_.bytes().data() + used_;
        used_ += (bytes + kAlign - 1) / kAlign * kAlign;
        return taken;
    }
    bool holds(const void* taken) const noexcept {
        const auto* byte = static_cast<const std::uint8_t*>(taken);
        const std::span<const std::uint8_t> bytes = memory_.bytes();
        return byte >= bytes.data() && byte < bytes.data() + bytes.size();
    }
    // Of what was taken nothing is in use any more.
    void clear() noexcept { used_ = 0; }

  private:
    Pages memory_;
    std::size_t used_ = 0;
};

}  // namespace digit
