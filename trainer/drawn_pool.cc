// SPDX-License-Identifier: Apache-2.0
#include "trainer/drawn_pool.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "trainer/draw_other.h"

namespace digit {

namespace {

// Where held-out pictures are in the endless row; no training comes this far. A multiple of ten,
// so that labels stay in step.
constexpr std::uint64_t kHeldOut = 1'000'000'000'000;

// Pictures that a thread takes at a time.
constexpr int kChunk = 32;

Dataset empty(int count) {
    Dataset data;
    data.pixels.resize(static_cast<std::size_t>(count) * kInputPixels);
    data.labels.resize(static_cast<std::size_t>(count));
    return data;
}

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
    pictures_ = empty(settings_.total());
    serials_.assign(static_cast<std::size_t>(settings_.total()), 0);
}

void DrawnPool::prepare(int epoch, Team& team) {
    if (epoch == epoch_) return;
    prepare_ring(true, epoch, 0, settings_.pictures, team);
    prepare_ring(false, epoch, settings_.pictures, settings_.others, team);
    epoch_ = epoch;
}

// Before epoch e, e × fresh slots have been drawn anew, and a slot with every turn of the ring
// takes a picture further along in the row.
void DrawnPool::prepare_ring(bool digits, int epoch, int first_slot, int size, Team& team) {
    const int fresh = static_cast<int>(std::lround(settings_.fresh * static_cast<float>(size)));
    const std::int64_t begin = std::int64_t{epoch} * fresh;
    // All slots, unless only those of this epoch are missing.
    const bool next = epoch > 0 && epoch == epoch_ + 1;
    for (std::int64_t at = next ? begin + size - fresh : begin; at < begin + size;) {
        const int slot = static_cast<int>(at % size);
        const int count = static_cast<int>(std::min<std::int64_t>(size - slot, begin + size - at));
        draw(digits, static_cast<std::uint64_t>(at), count, first_slot + slot, pictures_, team);
        for (int i = 0; i < count; ++i)
            serials_[static_cast<std::size_t>(first_slot + slot + i)] =
                2 * static_cast<std::uint64_t>(at + i) + (digits ? 0 : 1);
        at += count;
    }
}

Dataset DrawnPool::held_out_digits(int count, Team& team) const {
    Dataset data = empty(count);
    draw(true, kHeldOut, count, 0, data, team);
    return data;
}

Dataset DrawnPool::held_out_others(int count, Team& team) const {
    Dataset data = empty(count);
    draw(false, kHeldOut, count, 0, data, team);
    return data;
}

void DrawnPool::draw(bool digits, std::uint64_t first, int count, int slot, Dataset& into,
                     Team& team) const {
    const FontSet* fonts = fonts_ ? &*fonts_ : nullptr;
    const DrawMix mix{fonts, static_cast<double>(settings_.font_share)};
    std::atomic<int> next{0};
    team.run([&](int) {
        for (int i; (i = next.fetch_add(kChunk, std::memory_order_relaxed)) < count;) {
            const auto at = static_cast<std::size_t>(slot + i);
            const auto some = static_cast<std::size_t>(std::min(kChunk, count - i));
            const std::uint64_t from = first + static_cast<std::uint64_t>(i);
            std::uint8_t* pixels = into.pixels.data() + at * kInputPixels;
            std::uint8_t* labels = into.labels.data() + at;
            if (digits) {
                draw_framed_digits(from, some, seed_, mix, rasteriser_, pixels, labels);
            } else {
                draw_framed_others(from, some, seed_, fonts, rasteriser_, pixels);
                std::fill_n(labels, some, std::uint8_t{kNoDigit});
            }
        }
    });
}

}  // namespace digit
