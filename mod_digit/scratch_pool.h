// SPDX-License-Identifier: Apache-2.0
// Scratch space for classifying, shared by all threads of a process.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "libdigit/classify.h"

namespace digit {

// As many as are in use at a time, which is hardly more than there are cores, while a server has
// hundreds of threads: one a thread took 9 MB of a server with 256 of them. The one that came back
// last is lent first, so that it is still in the cache. Thread-safe.
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
    // Where there is no memory to keep it in, it goes.
    void take_back(std::unique_ptr<ClassifyScratch> scratch) noexcept {
        const std::lock_guard lock(mutex_);
        try {
            idle_.push_back(std::move(scratch));
        } catch (const std::bad_alloc&) {
        }
    }

    std::mutex mutex_;
    std::vector<std::unique_ptr<ClassifyScratch>> idle_;
};

}  // namespace digit
