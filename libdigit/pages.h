// SPDX-License-Identifier: Apache-2.0
// Large memory straight from the system.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace digit {

// Private pages, zeros at first, all present from the start. Not malloc's: after it has given back
// one large block it keeps blocks of up to that size for later, in a server for every thread's.
class Pages {
  public:
    Pages() = default;
    // empty() where there is no memory, and of no bytes.
    explicit Pages(std::size_t bytes) {
        if (bytes == 0) return;
        void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (memory != MAP_FAILED) bytes_ = {static_cast<std::uint8_t*>(memory), bytes};
    }
    // Takes over what release() gave.
    explicit Pages(std::span<std::uint8_t> released) : bytes_(released) {}
    Pages(Pages&& other) noexcept : bytes_(other.release()) {}
    Pages& operator=(Pages&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Pages() {
        if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
    }

    // They stay mapped, and nobody owns them, until Pages are made of them again.
    std::span<std::uint8_t> release() { return std::exchange(bytes_, {}); }

    std::span<std::uint8_t> bytes() { return bytes_; }
    std::span<const std::uint8_t> bytes() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }

    // From here on a stray write kills the process instead of changing what is there.
    void make_read_only() { mprotect(bytes_.data(), bytes_.size(), PROT_READ); }

  private:
    std::span<std::uint8_t> bytes_;
};

}  // namespace digit
