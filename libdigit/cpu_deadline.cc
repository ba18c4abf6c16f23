// SPDX-License-Identifier: Apache-2.0
#include "libdigit/cpu_deadline.h"

#include <ctime>

namespace digit {

std::int64_t thread_cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

bool CpuDeadline::check() {
    const std::int64_t now_ns = thread_cpu_ns();
    work_ = 0;
    if (start_ns_ < 0) start_ns_ = now_ns;
    return now_ns - start_ns_ <= max_ns_;
}

}  // namespace digit
