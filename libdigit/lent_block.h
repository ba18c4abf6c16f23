// SPDX-License-Identifier: Apache-2.0
// Memory for what decoding, framing and classifying one small picture take on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "libdigit/stored_idat.h"

namespace digit {

// Handed out front to back, taken back all at once, and kept for the next picture: a server's
// hundreds of threads lend each other a few of these, where malloc would keep as much for each of
// its arenas. For one thread at a time.
class LentBlock {
  public:
    // What libpng and zlib take for an ordinary picture is 44 KiB.
    static constexpr std::size_t kBytes = 64 * 1024;

    // Aligned for anything; nullptr where it does not fit, or where there is no memory at all.
    void* take(std::size_t bytes) noexcept {
        constexpr std::size_t kAlign = alignof(std::max_align_t);
        if (bytes > kBytes - used_) return nullptr;
        if (!memory_) memory_.reset(new (std::nothrow) std::byte[kBytes]);
        if (!memory_) return nullptr;
        void* taken = memory_.get() + used_;
        used_ += (bytes + kAlign - 1) / kAlign * kAlign;
        return taken;
    }
    bool holds(const void* taken) const noexcept {
        const auto* byte = static_cast<const std::byte*>(taken);
        return memory_ && byte >= memory_.get() && byte < memory_.get() + kBytes;
    }
    // Of what was taken nothing is in use any more.
    void clear() noexcept { used_ = 0; }

    // A picture's pixels outlive what is taken while it is decoded, so they have memory of their
    // own, which is handed on likewise where it is small: 28×28 of RGBA are 3,136 bytes.
    std::vector<std::uint8_t> take_pixels() noexcept { return std::exchange(pixels_, {}); }
    void give_back(std::vector<std::uint8_t>&& pixels) noexcept {
        if (pixels.capacity() <= kMostPixels) pixels_ = std::move(pixels);
    }

    Inflater& inflater() noexcept { return inflater_; }

  private:
    static constexpr std::size_t kMostPixels = 4096;

    std::unique_ptr<std::byte[]> memory_;
    std::size_t used_ = 0;
    std::vector<std::uint8_t> pixels_;
    Inflater inflater_;
};

}  // namespace digit
