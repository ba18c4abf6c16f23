// SPDX-License-Identifier: Apache-2.0
#include "trainer/drawn_pool.h"

#include <algorithm>
#include <atomic>

namespace digit {

namespace {

// Where held-out pictures are in the endless row; no training comes this far. A multiple of ten,
// so that labels stay in step.
constexpr std::uint64_t kHeldOut = 1'000'000'000'000;

// Pictures that a thread takes at a time.
constexpr int kChunk = 32;

}  // namespace

Result<DrawnPool> DrawnPool::make(const DrawnSettings& settings, std::uint64_t seed,
                                  const std::vector<std::string>& fonts) {
    Result<Rasteriser> rasteriser = Rasteriser::make();
    if (!rasteriser) return rasteriser.status();
    std::optional<FontSet> set;
    if (settings.font_share > 0) {
        std::vector<std::filesystem::path> folders(fonts.begin(), fonts.end());
        if (folders.empty()) folders = FontSet::default_folders();
        Result<FontSet> loaded = FontSet::load(folders);
        if (!loaded) return loaded.status();
        set = std::move(*loaded);
    }
    return DrawnPool(settings, seed, std::move(*rasteriser), std::move(set));
}

DrawnPool::DrawnPool(const DrawnSettings& settings, std::uint64_t seed, Rasteriser rasteriser,
                     std::optional<FontSet> fonts)
    : settings_(settings),
      seed_(seed),
      rasteriser_(std::move(rasteriser)),
      fonts_(std::move(fonts)) {
    const auto size = static_cast<std::size_t>(settings_.pictures);
    pictures_.pixels.resize(size * kInputPixels);
    pictures_.labels.resize(size);
}

// The slots are a ring: before epoch e, e × fresh of them have been drawn anew, and slot s with
// every turn of the ring takes a picture further along in the row.
void DrawnPool::prepare(int epoch, Team& team) {
    const int size = settings_.pictures;
    if (epoch == epoch_ || size == 0) return;
    const int fresh = std::min(settings_.fresh, size);
    const std::int64_t drawn_anew = std::int64_t{epoch} * fresh;
    // All slots, unless only those of this epoch are missing.
    const std::int64_t begin =
        epoch == epoch_ + 1 && epoch > 0 ? drawn_anew - fresh + size : drawn_anew;
    for (std::int64_t at = begin; at < drawn_anew + size;) {
        const int slot = static_cast<int>(at % size);
        const int count =
            static_cast<int>(std::min<std::int64_t>(size - slot, drawn_anew + size - at));
        draw(static_cast<std::uint64_t>(at), count, slot, pictures_, team);
        at += count;
    }
    epoch_ = epoch;
}

Dataset DrawnPool::held_out(int count, Team& team) const {
    Dataset data;
    data.pixels.resize(static_cast<std::size_t>(count) * kInputPixels);
    data.labels.resize(static_cast<std::size_t>(count));
    draw(kHeldOut, count, 0, data, team);
    return data;
}

void DrawnPool::draw(std::uint64_t first, int count, int slot, Dataset& into, Team& team) const {
    const DrawMix mix{fonts_ ? &*fonts_ : nullptr, static_cast<double>(settings_.font_share)};
    std::atomic<int> next{0};
    team.run([&](int) {
        for (int i; (i = next.fetch_add(kChunk, std::memory_order_relaxed)) < count;) {
            const auto at = static_cast<std::size_t>(slot + i);
            draw_framed_digits(first + static_cast<std::uint64_t>(i),
                               static_cast<std::size_t>(std::min(kChunk, count - i)), seed_, mix,
                               rasteriser_, into.pixels.data() + at * kInputPixels,
                               into.labels.data() + at);
        }
    });
}

}  // namespace digit
