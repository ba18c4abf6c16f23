// SPDX-License-Identifier: Apache-2.0
#include "libdigit/scratch_vector.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <numeric>
#include <thread>
#include <utility>

#include "libdigit/frame.h"
#include "tests/unit/drawing.h"

namespace digit {
namespace {

Picture drawn(int edge, int digit) {
    test::Canvas canvas;
    canvas.width = canvas.height = edge;
    canvas.size = 0.6 * edge;
    canvas.x = 0.3 * edge;
    canvas.y = 0.2 * edge;
    canvas.pen = 0.08 * edge;
    return test::draw(digit, canvas);
}

class ScratchVectorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ScratchVectorTest);
    CPPUNIT_TEST(memory_is_taken_from_the_scope_while_there_is_some);
    CPPUNIT_TEST(without_a_scope_it_is_the_heaps);
    CPPUNIT_TEST(another_thread_has_none_of_it);
    CPPUNIT_TEST(pictures_are_framed_alike_with_and_without_a_scope);
    CPPUNIT_TEST_SUITE_END();

    void memory_is_taken_from_the_scope_while_there_is_some() {
        LentBlock block;
        const void* first = nullptr;
        for (int time = 0; time < 2; ++time) {
            const ScratchScope scope(block);
            ScratchVector<std::uint32_t> small(1000);
            CPPUNIT_ASSERT(block.holds(small.data()));
            if (time == 0) first = small.data();
            CPPUNIT_ASSERT_EQUAL(first, static_cast<const void*>(small.data()));
            ScratchVector<std::uint8_t> large(LentBlock::kBytes, 7);
            CPPUNIT_ASSERT(!block.holds(large.data()));
            // Grown out of it, and handed over.
            std::iota(small.begin(), small.end(), 0u);
            small.resize(LentBlock::kBytes);
            CPPUNIT_ASSERT(!block.holds(small.data()) && small[999] == 999);
            const ScratchVector<std::uint32_t> moved = std::move(small);
            CPPUNIT_ASSERT(moved[999] == 999);
        }
    }

    void without_a_scope_it_is_the_heaps() {
        LentBlock block;
        { const ScratchScope scope(block); }
        const ScratchVector<int> vector(10);
        CPPUNIT_ASSERT(!block.holds(vector.data()) && !is_scratch(vector.data()));
        CPPUNIT_ASSERT(take_scratch(1) == nullptr);
    }

    void another_thread_has_none_of_it() {
        LentBlock block;
        const ScratchScope scope(block);
        void* taken = block.take(1);
        std::thread([&] { taken = take_scratch(1); }).join();
        CPPUNIT_ASSERT(taken == nullptr);
    }

    // Small ones fit, larger ones in part, the largest hardly.
    void pictures_are_framed_alike_with_and_without_a_scope() {
        LentBlock block;
        for (const int edge : {28, 64, 150, 400, 28})
            for (const int digit : {1, 2, 4, 5, 6, 7}) {
                const Picture picture = drawn(edge, digit);
                const auto without = frame(picture);
                const ScratchScope scope(block);
                const auto with = frame(picture);
                CPPUNIT_ASSERT(with.ok() && without.ok());
                CPPUNIT_ASSERT_EQUAL(without->size(), with->size());
                for (std::size_t i = 0; i < with->size(); ++i)
                    CPPUNIT_ASSERT((*with)[i].pixels == (*without)[i].pixels);
            }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScratchVectorTest);

}  // namespace
}  // namespace digit
