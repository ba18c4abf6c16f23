// SPDX-License-Identifier: Apache-2.0
// A layer's sums where its units see windows of what lies below, once for every vector unit;
// included by network.cc alone.
#if defined(LIBDIGIT_WEIGH_WINDOWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBDIGIT_WEIGH_WINDOWS_INL_H_
#undef LIBDIGIT_WEIGH_WINDOWS_INL_H_
#else
#define LIBDIGIT_WEIGH_WINDOWS_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "libdigit/byte_bits.h"
#include "libdigit/forward_scratch.h"
#include "libdigit/frame.h"
#include "libdigit/model.h"
#include "libdigit/receptive_field.h"
#include "libdigit/weigh_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Of each row of the picture: its ink, and how many pixels of the rows before are ink.
struct InkOfRows {
    std::uint32_t ink[kInputEdge];
    std::uint32_t before[kInputEdge];

    explicit HWY_INLINE InkOfRows(const std::uint8_t* pixels) {
        std::uint32_t count = 0;
        for (int y = 0; y < kInputEdge; ++y) {
            ink[y] = static_cast<std::uint32_t>(
                bits_of_at_least(pixels + y * kInputEdge, kInputEdge, 1));
            before[y] = count;
            count += static_cast<std::uint32_t>(std::popcount(ink[y]));
        }
    }
};

// Lists those of the active inputs that lie in the window: row of the window's weights, and value.
// Returns their number, a multiple of 4. As many as a vector holds are copied from a row of the
// picture, whatever lies behind the last active input too: what does not belong to the row is
// written over by the next or lies beyond the count.
HWY_INLINE std::size_t list_window(const FieldWindow& window, const InkOfRows& rows,
                                   ForwardScratch& scratch) {
    const hn::CappedTag<std::uint32_t, 16> d;
    const hn::Rebind<std::uint8_t, decltype(d)> db;
    const std::size_t lanes = hn::Lanes(d);
    const std::uint32_t inside = (1u << window.width) - 1;
    std::size_t count = 0;
    for (std::uint32_t y = 0; y < window.height; ++y) {
        const std::uint32_t ink = rows.ink[window.top + y];
        const auto left_of_it = ink & ((1u << window.left) - 1);
        const std::size_t first =
            rows.before[window.top + y] + static_cast<std::uint32_t>(std::popcount(left_of_it));
        const auto shift = hn::Set(
            d, (window.top + y) * std::uint32_t{kInputEdge} + window.left - y * window.width);
        for (std::size_t x = 0; x < window.width; x += lanes) {
            const auto row = hn::Sub(hn::LoadU(d, scratch.rows.data() + first + x), shift);
            hn::StoreU(row, d, scratch.window_rows.data() + count + x);
            hn::StoreU(hn::LoadU(db, scratch.high.data() + first + x), db,
                       scratch.window_high.data() + count + x);
        }
        count += static_cast<std::size_t>(std::popcount(ink >> window.left & inside));
    }
    for (; count % 4 != 0; ++count) scratch.window_rows[count] = scratch.window_high[count] = 0;
    return count;
}

// As weigh_rows of a whole plane with the active inputs' high bytes. sums: 64 for each window;
// low_sums: of the low plane; null: not wanted.
inline void weigh_windows(std::span<const FieldWindow> windows, const std::int8_t* high,
                          const std::int8_t* low, const std::uint8_t* pixels,
                          ForwardScratch& scratch, std::int32_t* sums, std::int32_t* low_sums) {
    const InkOfRows rows(pixels);
    for (const FieldWindow& window : windows) {
        const std::size_t count = list_window(window, rows, scratch);
        const std::uint32_t* list = scratch.window_rows.data();
        const std::uint8_t* values = scratch.window_high.data();
        weigh_rows(high + window.offset, FieldWindow::kUnits, list, values, count, sums);
        sums += FieldWindow::kUnits;
        if (low_sums == nullptr) continue;
        weigh_rows(low + window.offset, FieldWindow::kUnits, list, values, count, low_sums);
        low_sums += FieldWindow::kUnits;
    }
}

// list_window of a later layer, whose places have a multiple of kMark inputs each. kLow: the codes'
// low bytes too.
template <bool kLow>
HWY_INLINE std::size_t list_window_of_units(const FieldWindow& window, const ReceptiveField& field,
                                            ForwardScratch& scratch) {
    const hn::CappedTag<std::uint32_t, 16> d;
    const hn::Rebind<std::uint8_t, decltype(d)> db;
    const std::size_t lanes = hn::Lanes(d);
    const std::uint32_t in_row = window.width * static_cast<std::uint32_t>(field.depth);
    const auto copy = [&](const std::uint8_t* from, std::uint8_t* to)
                          HWY_ATTR { hn::StoreU(hn::LoadU(db, from), db, to); };
    std::size_t count = 0;
    for (std::uint32_t y = 0; y < window.height; ++y) {
        const auto input = static_cast<std::uint32_t>(
            field.first_input_of_row(window.left, static_cast<int>(window.top + y), window.width));
        const std::size_t first = scratch.marks[input / ForwardScratch::kMark];
        const std::size_t there = scratch.marks[(input + in_row) / ForwardScratch::kMark] - first;
        const auto shift = hn::Set(d, input - y * in_row);
        for (std::size_t a = 0; a < there; a += lanes) {
            const auto row = hn::Sub(hn::LoadU(d, scratch.rows.data() + first + a), shift);
            hn::StoreU(row, d, scratch.window_rows.data() + count + a);
            copy(scratch.high.data() + first + a, scratch.window_high.data() + count + a);
            if (kLow) copy(scratch.low.data() + first + a, scratch.window_low.data() + count + a);
        }
        count += there;
    }
    for (; count % 4 != 0; ++count)
        scratch.window_rows[count] = scratch.window_high[count] = scratch.window_low[count] = 0;
    return count;
}

inline bool see_the_same(const FieldWindow& a, const FieldWindow& b) {
    return a.left == b.left && a.top == b.top && a.width == b.width && a.height == b.height;
}

// As dense() of a later layer's whole planes: sums as weigh_coarse_rows, or with kFine the three
// sums of both bytes, a stride from one to the next.
template <bool kFine>
HWY_INLINE void weigh_windows_of_units(const Model::Layer& layer, ForwardScratch& scratch,
                                       std::int32_t* sums) {
    constexpr std::size_t kUnits = FieldWindow::kUnits;
    const auto stride = static_cast<std::size_t>(layer.stride);
    const std::uint32_t* list = scratch.window_rows.data();
    const std::uint8_t* high = scratch.window_high.data();
    const std::uint8_t* low = scratch.window_low.data();
    const FieldWindow* before = nullptr;
    std::size_t count = 0;
    for (const FieldWindow& window : layer.windows) {
        if (before == nullptr || !see_the_same(*before, window))
            count = list_window_of_units<kFine>(window, layer.field, scratch);
        before = &window;
        const std::int8_t* plane = layer.high + window.offset;
        if (!kFine) {
            weigh_coarse_rows(plane, kUnits, list, high, count, sums);
        } else {
            weigh_rows(plane, kUnits, list, high, count, sums);
            weigh_rows(plane, kUnits, list, low, count, sums + stride);
            if (layer.low != nullptr)
                weigh_rows(layer.low + window.offset, kUnits, list, high, count, sums + 2 * stride);
        }
        sums += kUnits;
    }
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
