// SPDX-License-Identifier: Apache-2.0
#include "libdigit/cpu_deadline.h"

#include <ctime>

namespace digit {

bool CpuDeadline::check() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    const std::int64_t now_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    work_ = 0;
    if (start_ns_ < 0) start_ns_ = now_ns;
    return now_ns - start_ns_ <= max_ns_;
}

}  // namespace digit
