// SPDX-License-Identifier: Apache-2.0
#include "libdigit/sparse_blocks.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <random>
#include <vector>

namespace digit::test {
namespace {

constexpr std::size_t kBlocks = 9;
constexpr std::size_t kRows = 12;
constexpr std::size_t kRowSize = kBlocks * SparseBlocks::kCoefficients;

}  // namespace

class SparseBlocksTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SparseBlocksTest);
    CPPUNIT_TEST(what_is_written_is_read_whatever_its_density);
    CPPUNIT_TEST(rows_never_written_are_zero);
    CPPUNIT_TEST(rows_that_do_not_exist_are_refused);
    CPPUNIT_TEST(running_out_of_memory_is_told);
    CPPUNIT_TEST(a_sparse_picture_takes_a_small_part_of_a_plain_array);
    CPPUNIT_TEST_SUITE_END();

    // The oracle is a plain array.
    void what_is_written_is_read_whatever_its_density() {
        std::mt19937 random(11);
        for (unsigned percent : {0u, 3u, 20u, 50u, 66u, 90u, 100u}) {
            MemoryBudget memory(1 << 20);
            SparseBlocks sparse(kBlocks, kRows, memory);
            std::vector<std::int16_t> plain(kRows * kRowSize);
            for (int step = 0; step < 200; ++step) {
                const std::size_t count = step == 0 ? 3 : 1 + random() % 3;
                const std::size_t first = random() % (kRows - count + 1);
                std::int16_t* window = sparse.window(first, count, true);
                CPPUNIT_ASSERT(window != nullptr);
                CPPUNIT_ASSERT(
                    std::equal(window, window + count * kRowSize, &plain[first * kRowSize]));
                for (std::size_t i = 0; i < count * kRowSize; ++i)
                    window[i] = random() % 100 < percent ? static_cast<std::int16_t>(random() | 1)
                                                         : std::int16_t{0};
                std::copy_n(window, count * kRowSize, &plain[first * kRowSize]);
            }
        }
    }

    void rows_never_written_are_zero() {
        MemoryBudget memory(1 << 20);
        SparseBlocks sparse(kBlocks, kRows, memory);
        sparse.window(0, 1, true)[5] = 77;
        const std::int16_t* other = sparse.window(1, 1, false);
        CPPUNIT_ASSERT(std::all_of(other, other + kRowSize, [](int v) { return v == 0; }));
        CPPUNIT_ASSERT_EQUAL(77, int(sparse.window(0, 1, false)[5]));
    }

    void rows_that_do_not_exist_are_refused() {
        MemoryBudget memory(1 << 20);
        SparseBlocks sparse(kBlocks, kRows, memory);
        CPPUNIT_ASSERT(sparse.window(kRows - 2, 2, true) != nullptr);
        CPPUNIT_ASSERT(sparse.window(kRows - 1, 2, true) == nullptr);
        CPPUNIT_ASSERT(sparse.window(kRows, 1, true) == nullptr);
        CPPUNIT_ASSERT(sparse.window(0, 3, true) == nullptr);  // more than at first
    }

    void running_out_of_memory_is_told() {
        for (std::size_t bytes : {0u, 300u, 1000u, 2000u, 4000u}) {
            MemoryBudget memory(bytes);
            SparseBlocks sparse(kBlocks, kRows, memory);
            bool refused = false;
            for (std::size_t row = 0; row < kRows && !refused; ++row) {
                std::int16_t* window = sparse.window(row, 1, true);
                refused = window == nullptr;
                if (!refused) std::fill_n(window, kRowSize, std::int16_t{1});
            }
            CPPUNIT_ASSERT(refused);
        }
    }

    void a_sparse_picture_takes_a_small_part_of_a_plain_array() {
        constexpr std::size_t kLimit = 1 << 20;
        MemoryBudget memory(kLimit);
        SparseBlocks sparse(100, 100, memory);
        for (std::size_t row = 0; row < 100; ++row) {
            std::int16_t* window = sparse.window(row, 1, true);
            for (std::size_t block = 0; block < 100; ++block) window[block * 64] = 500;
        }
        CPPUNIT_ASSERT(kLimit - memory.left() < 100 * 100 * 128 / 12);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SparseBlocksTest);

}  // namespace digit::test
