// SPDX-License-Identifier: Apache-2.0
// Large memory straight from the system.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace digit {

// Private pages, zeros at first. Not malloc's: after it has given back one large block it keeps
// blocks of up to that size for later, in a server for every thread's. Where the kernel has huge
// pages for those who ask, of 2 MiB, and nearly all of one is needed, it is one of them. The
// shipped network would leave a fifth of one empty; its 417 small pages are read as fast
// (docs/PERFORMANCE.md, Memory).
class Pages {
  public:
    Pages() = default;
    // empty() where there is no memory, and of no bytes.
    explicit Pages(std::size_t bytes) {
        if (bytes == 0) return;
        const std::size_t size = mapped(bytes);
        // From a multiple of a huge page on; what is before and behind goes back.
        const std::size_t more = size < kHuge ? 0 : kHuge;
        void* memory = mmap(nullptr, size + more, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | (more == 0 ? MAP_POPULATE : 0), -1, 0);
        if (memory == MAP_FAILED) return;
        auto* start = static_cast<std::uint8_t*>(memory);
        if (more != 0) {
            const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % kHuge;
            if (before != 0) munmap(start, before);
            start += before;
            munmap(start + size, more - before);
            madvise(start, size, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE  // Linux 5.14; before it each page comes when it is written
            madvise(start, size, MADV_POPULATE_WRITE);
#endif
        }
        bytes_ = {start, bytes};
    }
    // Takes over what release() gave.
    explicit Pages(std::span<std::uint8_t> released) : bytes_(released) {}
    Pages(Pages&& other) noexcept : bytes_(other.release()) {}
    Pages& operator=(Pages&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Pages() {
        if (!bytes_.empty()) munmap(bytes_.data(), mapped(bytes_.size()));
    }

    // They stay mapped, and nobody owns them, until Pages are made of them again.
    std::span<std::uint8_t> release() { return std::exchange(bytes_, {}); }

    std::span<std::uint8_t> bytes() { return bytes_; }
    std::span<const std::uint8_t> bytes() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }

    // From here on a stray write kills the process instead of changing what is there.
    void make_read_only() { mprotect(bytes_.data(), mapped(bytes_.size()), PROT_READ); }

  private:
    static constexpr std::size_t kHuge = 2 << 20;

    // How much is mapped for so many bytes: whole pages, the last one huge if seven eighths are
    // needed of it.
    static std::size_t mapped(std::size_t bytes) {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        const std::size_t unit = bytes % kHuge >= kHuge / 8 * 7 ? kHuge : page;
        return (bytes + unit - 1) / unit * unit;
    }

    std::span<std::uint8_t> bytes_;
};

}  // namespace digit
