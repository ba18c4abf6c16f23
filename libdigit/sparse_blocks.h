// SPDX-License-Identifier: Apache-2.0
// The coefficients of a JPEG in several scans, held without their zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "libdigit/memory_budget.h"

namespace digit {

// A progressive JPEG refines its coefficients scan by scan, so all of them must be kept, and as a
// plain array they take 2 to 6 bytes a pixel: 96 MiB for 16 megapixels. Nearly all are zero,
// because each other one costs bits of the file, and a file is small. Kept sparse they take at
// most about 15 times the bytes of the file and 4 bytes a block.
//
// Only a window of rows is unpacked at a time. Nothing throws, so that a C library's callbacks may
// use it.
class SparseBlocks {
  public:
    static constexpr std::size_t kCoefficients = 64;  // of one 8×8 block

    // All coefficients are zero at first. What is allocated is taken from `memory`, which must
    // outlive this object and gets nothing back.
    SparseBlocks(std::size_t blocks_in_row, std::size_t rows, MemoryBudget& memory)
        : blocks_in_row_(blocks_in_row), row_count_(rows), memory_(memory) {}

    // The coefficients of the rows `first` to `first + count - 1`, contiguous, until the next
    // call; what is written into them is kept if `writable` was set. Null if memory runs out or
    // there are no such rows. Every call must ask for the same count as the first, or less.
    std::int16_t* window(std::size_t first, std::size_t count, bool writable);

    // Why a window was null: there was no memory, though the budget had some.
    bool allocation_failed() const { return allocation_failed_; }

  private:
    struct Free {
        void operator()(void* p) const { std::free(p); }
    };
    using Bytes = std::unique_ptr<std::uint8_t, Free>;
    struct Row {
        Bytes packed;
        std::size_t capacity = 0;
        bool used = false;  // else all zero
    };

    bool allocate(std::size_t window_rows);
    template <class T>
    T* allocate_array(std::size_t count);
    bool keep_window();
    bool pack(Row& row, const std::int16_t* in);
    void unpack(const Row& row, std::int16_t* out) const;

    std::size_t blocks_in_row_;
    std::size_t row_count_;
    MemoryBudget& memory_;
    std::unique_ptr<Row[]> rows_;
    std::unique_ptr<std::int16_t, Free> window_;
    Bytes scratch_;  // one packed row
    std::size_t window_capacity_ = 0;
    std::size_t window_first_ = 0;
    std::size_t window_count_ = 0;
    bool window_dirty_ = false;
    bool allocation_failed_ = false;
};

}  // namespace digit
