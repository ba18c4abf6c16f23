// SPDX-License-Identifier: Apache-2.0
// What the teachers say of pictures that come again and again: each view of each is shown to them
// once, whatever the number of epochs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "trainer/back_propagation.h"
#include "trainer/sampler.h"
#include "trainer/teachers.h"
#include "trainer/team.h"

namespace digit {

// For Settings::views > 0 and no mixup, where a picture and a view make one array of pixels.
class TeacherAnswers {
  public:
    // All of them must outlive it.
    TeacherAnswers(const Settings& settings, const Sampler& sampler, Teachers& teachers,
                   Team& team);
    TeacherAnswers(const TeacherAnswers&) = delete;
    TeacherAnswers& operator=(const TeacherAnswers&) = delete;

    // Pictures that the teachers are asked about at once by a thread.
    static constexpr int kBlock = 64;

    // Asks for what the sampler's epoch needs and no epoch before it has asked for. The answers do
    // not depend on which epochs those were, so that a resumed training gets the same bits. stop,
    // if there is one, is asked now and then; returns false where it said so.
    bool prepare(const std::function<bool()>& stop);

    // The soft targets of rows that the sampler has filled. Ranks may call it at the same time.
    void put(Range rows, Batch& batch) const;

  private:
    using Answer = std::array<float, kDigits>;
    // Asks about the sampler's pictures [first, first + count), a whole number of blocks but for
    // the last.
    bool ask(int first, int count, Answer* answers, const std::function<bool()>& stop);

    const Sampler& sampler_;
    Teachers& teachers_;
    Team& team_;
    std::vector<std::vector<Answer>> of_view_;  // by view, then by picture; empty: not yet asked
    std::vector<Answer> of_drawn_;
    std::vector<std::uint64_t> drawn_serials_;  // of the pictures that these answers are about
    std::vector<Batch> batches_;                // by rank
};

}  // namespace digit
