// SPDX-License-Identifier: Apache-2.0
#include "trainer/teacher_answers.h"

#include <algorithm>
#include <atomic>

#include "trainer/vector_ops.h"

namespace digit {

namespace {

// Of what was never asked about.
constexpr std::uint64_t kNone = ~std::uint64_t{0};

}  // namespace

// A block always holds the same pictures: the sums of a matrix product may be rounded otherwise
// among other rows.

TeacherAnswers::TeacherAnswers(const Settings& settings, const Sampler& sampler, Teachers& teachers,
                               Team& team)
    : sampler_(sampler),
      teachers_(teachers),
      team_(team),
      of_view_(static_cast<std::size_t>(settings.views)),
      of_drawn_(sampler.drawn_serials().size()),
      drawn_serials_(of_drawn_.size(), kNone) {
    for (int r = 0; r < team.size(); ++r) {
        Batch& batch = batches_.emplace_back(kBlock);
        batch.soft_targets.assign(batch.targets.size(), 0.0f);
    }
}

bool TeacherAnswers::prepare(const std::function<bool()>& stop) {
    std::vector<Answer>& answers = of_view_[static_cast<std::size_t>(sampler_.view())];
    const int pictures = sampler_.pictures_of_data();
    if (answers.empty() && pictures > 0) {
        answers.resize(static_cast<std::size_t>(pictures));
        if (!ask(0, pictures, answers.data(), stop)) {
            answers.clear();
            return false;
        }
    }
    const std::span<const std::uint64_t> serials = sampler_.drawn_serials();
    const auto is_new = [&](std::size_t i) { return serials[i] != drawn_serials_[i]; };
    for (std::size_t i = 0; i < serials.size();) {
        const std::size_t block = i / kBlock * kBlock;
        if (!is_new(i)) {
            ++i;
            continue;
        }
        // All blocks behind it that hold a new picture too.
        std::size_t end = block;
        for (bool some = true; some && end < serials.size();) {
            const std::size_t next = std::min(end + kBlock, serials.size());
            some = false;
            for (std::size_t k = end; k < next; ++k) some = some || is_new(k);
            if (some) end = next;
        }
        // Should asking be stopped, it is not known which are answered.
        std::fill(drawn_serials_.begin() + static_cast<std::ptrdiff_t>(block),
                  drawn_serials_.begin() + static_cast<std::ptrdiff_t>(end), kNone);
        if (!ask(pictures + static_cast<int>(block), static_cast<int>(end - block),
                 of_drawn_.data() + block, stop))
            return false;
        i = end;
    }
    std::copy(serials.begin(), serials.end(), drawn_serials_.begin());
    return true;
}

bool TeacherAnswers::ask(int first, int count, Answer* answers, const std::function<bool()>& stop) {
    std::atomic<int> next{0};
    std::atomic<bool> stopped{false};
    team_.run([&](int rank) {
        Batch& batch = batches_[static_cast<std::size_t>(rank)];
        for (;;) {
            // Even where the other threads leave it none.
            if (rank == 0 && stop && stop()) stopped = true;
            const int at = next.fetch_add(kBlock, std::memory_order_relaxed);
            if (stopped || at >= count) return;
            const int size = std::min(kBlock, count - at);
            for (int i = 0; i < size; ++i) {
                batch.shown[static_cast<std::size_t>(i)] =
                    static_cast<std::uint32_t>(first + at + i);
                sampler_.show(first + at + i, batch.pixels.data() + i * kInputPixels);
            }
            teachers_.look_at(rank, {0, size}, sampler_.pictures_of_data(), batch);
            for (int i = 0; i < size; ++i)
                std::copy_n(batch.soft_targets.data() + i * kLane, kDigits,
                            answers[at + i].begin());
        }
    });
    return !stopped;
}

void TeacherAnswers::put(Range rows, Batch& batch) const {
    const std::vector<Answer>& answers = of_view_[static_cast<std::size_t>(sampler_.view())];
    const auto pictures = static_cast<std::size_t>(sampler_.pictures_of_data());
    for (int row = rows.begin; row < rows.end; ++row) {
        const std::size_t index = batch.shown[static_cast<std::size_t>(row)];
        const Answer& answer = index < pictures ? answers[index] : of_drawn_[index - pictures];
        std::copy_n(answer.begin(), kDigits,
                    batch.soft_targets.data() + static_cast<std::ptrdiff_t>(row) * kLane);
    }
}

}  // namespace digit
