// SPDX-License-Identifier: Apache-2.0
#include "libdigit/sparse_blocks.h"

#include <bit>
#include <cstring>
#include <new>

namespace digit {
namespace {

// A packed block: the count of its nonzero coefficients, then for each its place and its value;
// or kPlain and all 64, where that is shorter.
constexpr std::uint8_t kPlain = 255;
constexpr std::size_t kEntryBytes = 3;
constexpr int kMostEntries = 42;
constexpr std::size_t kPlainBytes = SparseBlocks::kCoefficients * sizeof(std::int16_t);
constexpr std::size_t kLongestBlock = 1 + kPlainBytes;
static_assert(kMostEntries * kEntryBytes <= kPlainBytes);

// Bit k is set if coefficient k is not zero. Four at a time and without a branch, which would be
// guessed wrongly as often as not: packing took half of the time of a progressive photo with one.
std::uint64_t nonzero_mask(const std::int16_t* in) {
    constexpr std::uint64_t kTops = 0x8000800080008000;
    constexpr std::uint64_t kRest = ~kTops;
    // Brings the bits 0, 16, 32, 48 to 48, 49, 50, 51.
    constexpr std::uint64_t kGather = 0x0001000200040008;
    constexpr std::size_t kStep = sizeof(std::uint64_t) / sizeof(std::int16_t);
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < SparseBlocks::kCoefficients; i += kStep) {
        std::uint64_t four;
        std::memcpy(&four, in + i, sizeof four);
        const std::uint64_t tops = (((four & kRest) + kRest) | four) & kTops;
        mask |= ((tops >> 15) * kGather >> 48 & 15) << i;
    }
    return mask;
}

std::uint8_t* pack_block(const std::int16_t* in, std::uint8_t* out) {
    std::uint64_t mask = nonzero_mask(in);
    const int entries = std::popcount(mask);
    if (entries > kMostEntries) {
        *out = kPlain;
        std::memcpy(out + 1, in, kPlainBytes);
        return out + kLongestBlock;
    }
    *out++ = static_cast<std::uint8_t>(entries);
    for (; mask != 0; mask &= mask - 1, out += kEntryBytes) {
        const int place = std::countr_zero(mask);
        *out = static_cast<std::uint8_t>(place);
        std::memcpy(out + 1, in + place, sizeof *in);
    }
    return out;
}

// `out` is zero.
const std::uint8_t* unpack_block(const std::uint8_t* in, std::int16_t* out) {
    const std::uint8_t entries = *in++;
    if (entries == kPlain) {
        std::memcpy(out, in, kPlainBytes);
        return in + kPlainBytes;
    }
    for (std::uint8_t i = 0; i < entries; ++i, in += kEntryBytes)
        std::memcpy(out + in[0], in + 1, sizeof *out);
    return in;
}

}  // namespace

template <class T>
T* SparseBlocks::allocate_array(std::size_t count) {
    if (!memory_.take(count * sizeof(T))) return nullptr;
    T* array = static_cast<T*>(std::malloc(count * sizeof(T)));
    if (array == nullptr) allocation_failed_ = true;
    return array;
}

bool SparseBlocks::allocate(std::size_t window_rows) {
    if (!memory_.take(row_count_ * sizeof(Row))) return false;
    rows_.reset(new (std::nothrow) Row[row_count_]);
    if (!rows_) allocation_failed_ = true;
    window_.reset(allocate_array<std::int16_t>(window_rows * blocks_in_row_ * kCoefficients));
    scratch_.reset(allocate_array<std::uint8_t>(blocks_in_row_ * kLongestBlock));
    window_capacity_ = window_rows;
    return rows_ && window_ && scratch_;
}

std::int16_t* SparseBlocks::window(std::size_t first, std::size_t count, bool writable) {
    if (!rows_ && !allocate(count)) return nullptr;
    if (count > window_capacity_ || first > row_count_ || count > row_count_ - first)
        return nullptr;
    if (first != window_first_ || count != window_count_) {
        if (!keep_window()) return nullptr;
        const std::size_t row_size = blocks_in_row_ * kCoefficients;
        for (std::size_t i = 0; i < count; ++i)
            unpack(rows_[first + i], window_.get() + i * row_size);
        window_first_ = first;
        window_count_ = count;
    }
    window_dirty_ |= writable;
    return window_.get();
}

bool SparseBlocks::keep_window() {
    if (!window_dirty_) return true;
    window_dirty_ = false;
    const std::size_t row_size = blocks_in_row_ * kCoefficients;
    for (std::size_t i = 0; i < window_count_; ++i)
        if (!pack(rows_[window_first_ + i], window_.get() + i * row_size)) return false;
    return true;
}

bool SparseBlocks::pack(Row& row, const std::int16_t* in) {
    std::uint8_t* end = scratch_.get();
    for (std::size_t i = 0; i < blocks_in_row_; ++i) end = pack_block(in + i * kCoefficients, end);
    const std::size_t bytes = static_cast<std::size_t>(end - scratch_.get());
    if (bytes > row.capacity) {
        memory_.give_back(row.capacity);
        row.packed.reset();
        row.capacity = 0;
        row.packed.reset(allocate_array<std::uint8_t>(bytes));
        if (!row.packed) return false;
        row.capacity = bytes;
    }
    std::memcpy(row.packed.get(), scratch_.get(), bytes);
    row.used = true;
    return true;
}

void SparseBlocks::unpack(const Row& row, std::int16_t* out) const {
    std::memset(out, 0, blocks_in_row_ * kCoefficients * sizeof *out);
    if (!row.used) return;
    const std::uint8_t* in = row.packed.get();
    for (std::size_t i = 0; i < blocks_in_row_; ++i) in = unpack_block(in, out + i * kCoefficients);
}

}  // namespace digit
