// SPDX-License-Identifier: Apache-2.0
// A bound on the CPU time of one picture that costs small pictures nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace digit {

// CPU time that the calling thread has taken so far.
std::int64_t thread_cpu_ns();

// CPU time of the thread that uses it. Asking the kernel for it takes longer than decoding a row
// of a small picture, so the clock is read only once per kBytesPerCheck of work, and first when
// that much has been done.
class CpuDeadline {
  public:
    static constexpr std::size_t kBytesPerCheck = 256u << 10;

    explicit CpuDeadline(std::uint32_t max_ms) : max_ns_(std::int64_t{max_ms} * 1'000'000) {}

    // Counts `bytes` of work (read, inflated, decoded); false once the time is over.
    [[nodiscard]] bool spend(std::size_t bytes) {
        work_ += bytes;
        return work_ < kBytesPerCheck || check();
    }

  private:
    bool check();

    std::int64_t max_ns_;
    std::int64_t start_ns_ = -1;
    std::size_t work_ = 0;
};

}  // namespace digit
