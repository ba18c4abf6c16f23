// SPDX-License-Identifier: Apache-2.0
// Threads that run one function together and meet at barriers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace digit {

// [begin, end)
struct Range {
    int begin = 0;
    int end = 0;
    int size() const { return end - begin; }
};

// The part of `n` items that falls to `rank` of `size`, cut at multiples of `grain`. Depends on
// its arguments alone, so that results do not depend on scheduling.
Range share_of(int n, int rank, int size, int grain = 1);

// A fixed number of threads; the caller's own is rank 0. Single program, multiple data: run()
// calls the function once per rank, and the ranks divide the work by share_of().
class Team {
  public:
    // BLAS starts no threads of its own from then on: the ranks call it all at once.
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int size() const { return size_; }

    // Returns when every rank has returned. `work` must not throw.
    void run(const std::function<void(int rank)>& work);

    // Called by every rank within run(): returns when all have called it. Spins first, since the
    // ranks arrive within microseconds of each other, then sleeps.
    void barrier();

  private:
    void serve(int rank);

    const int size_;
    std::vector<std::thread> threads_;
    const std::function<void(int)>* work_ = nullptr;
    std::atomic<std::uint32_t> started_{0};
    bool stopping_ = false;
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<std::uint32_t> generation_{0};
};

// Cores that this process may use, at least 1.
int available_cores();

}  // namespace digit
