// SPDX-License-Identifier: Apache-2.0
// How long each stage of a classification took, for those who ask.
#pragma once

#include <chrono>
#include <cstdint>

namespace digit {

// Nanoseconds of all pictures of a call together.
struct StageTimes {
    std::int64_t decode_ns = 0;
    std::int64_t frame_ns = 0;
    std::int64_t network_ns = 0;
    int forward_passes = 0;  // that network_ns is of
};

// Adds the time since the last reading to a stage. Without a StageTimes it never reads the clock,
// which on some virtual machines takes as long as a tenth of a small picture's decoding.
class StageWatch {
  public:
    explicit StageWatch(StageTimes* times) : times_(times) {
        if (times_ != nullptr) last_ = Clock::now();
    }

    void ends(std::int64_t StageTimes::*stage) {
        if (times_ == nullptr) return;
        const Clock::time_point now = Clock::now();
        times_->*stage += std::chrono::nanoseconds(now - last_).count();
        last_ = now;
    }

  private:
    using Clock = std::chrono::steady_clock;

    StageTimes* times_;
    Clock::time_point last_;
};

}  // namespace digit
