// SPDX-License-Identifier: Apache-2.0
// Scratch space for classifying, shared by all threads of a process.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "libdigit/classify.h"

namespace digit {

// As many as are in use at a time, which is hardly ever more than there are cores, while a server
// has hundreds of threads: one a thread took 9 MB of a server with 256 of them. No more are kept
// than there are cores: threads that lose their core in the middle of a picture would let them grow
// to several times as many. The one that came back last is lent first, so that it is still in the
// cache. Thread-safe.
class ScratchPool {
  public:
    // One that is the holder's alone until it goes out of scope; the pool outlives it.
    class Lent {
      public:
        Lent(ScratchPool& pool, std::unique_ptr<ClassifyScratch> scratch)
            : pool_(pool), scratch_(std::move(scratch)) {}
        ~Lent() { pool_.take_back(std::move(scratch_)); }
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;

        ClassifyScratch& operator*() { return *scratch_; }

      private:
        ScratchPool& pool_;
        std::unique_ptr<ClassifyScratch> scratch_;
    };

    // most_kept: of those that are not lent.
    explicit ScratchPool(std::size_t most_kept = std::max(2u, std::thread::hardware_concurrency()))
        : most_kept_(most_kept) {
        idle_.reserve(most_kept_);
    }

    // Throws std::bad_alloc.
    Lent lend() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto scratch = std::move(idle_.back());
                idle_.pop_back();
                return {*this, std::move(scratch)};
            }
        }
        return {*this, std::make_unique<ClassifyScratch>()};
    }

  private:
    void take_back(std::unique_ptr<ClassifyScratch> scratch) noexcept {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < most_kept_) idle_.push_back(std::move(scratch));
    }

    const std::size_t most_kept_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<ClassifyScratch>> idle_;
};

}  // namespace digit
