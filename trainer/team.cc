// SPDX-License-Identifier: Apache-2.0
#include "trainer/team.h"

#include <hwy/cache_control.h>
#include <sched.h>

#include <algorithm>

#include "trainer/matrix.h"

namespace digit {

namespace {

// About 100 µs; longer than any imbalance within a batch, shorter than a time slice.
constexpr int kSpins = 2000;

}  // namespace

Range share_of(int n, int rank, int size, int grain) {
    const int grains = (n + grain - 1) / grain;
    const auto cut = [&](int r) {
        return static_cast<int>(std::int64_t{grains} * r / size) * grain;
    };
    return {std::min(n, cut(rank)), std::min(n, cut(rank + 1))};
}

Team::Team(int threads) : size_(threads) {
    keep_blas_single_threaded();
    for (int rank = 1; rank < size_; ++rank) threads_.emplace_back([this, rank] { serve(rank); });
}

Team::~Team() {
    stopping_ = true;
    started_.fetch_add(1, std::memory_order_release);
    started_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Team::run(const std::function<void(int)>& work) {
    work_ = &work;
    started_.fetch_add(1, std::memory_order_release);
    started_.notify_all();
    work(0);
    barrier();
}

void Team::serve(int rank) {
    for (std::uint32_t seen = 0;; ++seen) {
        started_.wait(seen, std::memory_order_acquire);
        if (stopping_) return;
        (*work_)(rank);
        barrier();
    }
}

void Team::barrier() {
    const std::uint32_t generation = generation_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
        arrived_.store(0, std::memory_order_relaxed);
        generation_.store(generation + 1, std::memory_order_release);
        generation_.notify_all();
        return;
    }
    for (int spin = 0; spin < kSpins; ++spin) {
        if (generation_.load(std::memory_order_acquire) != generation) return;
        hwy::Pause();
    }
    generation_.wait(generation, std::memory_order_acquire);
}

int available_cores() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace digit
