// SPDX-License-Identifier: Apache-2.0
#include "libdigit/scratch_vector.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <cstring>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/network.h"
#include "tests/unit/drawing.h"
#include "tests/unit/test_network.h"
#include "tests/unit/vector_units.h"

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
    CPPUNIT_TEST(an_array_is_the_scopes_or_the_heaps);
    CPPUNIT_TEST(networks_answer_alike_with_and_without_a_scope);
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

    void an_array_is_the_scopes_or_the_heaps() {
        LentBlock block;
        for (int time = 0; time < 2; ++time) {
            const ScratchScope scope(block);
            ScratchArray<float> small(100), large(LentBlock::kBytes);
            CPPUNIT_ASSERT(block.holds(small.data()) && !block.holds(large.data()));
            small[99] = 1;
            large[LentBlock::kBytes - 1] = 2;
        }
        ScratchArray<float> heaps(100);
        CPPUNIT_ASSERT(!is_scratch(heaps.data()));
        heaps[99] = 1;
    }

    // Whatever lies in the block; the last network does not fit into it.
    void networks_answer_alike_with_and_without_a_scope() {
        const auto pixels = test::random_pixels(7);
        for (const auto& widths :
             std::vector<std::vector<int>>{{784, 10}, {784, 100, 37, 10}, {784, 3000, 20, 10}})
            for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
                const NetworkParameters network = test::random_network(widths, activation);
                check_alike(Model::make(network), pixels);
                check_alike(test::model_of_whole_numbers(network), pixels);
            }
    }

    static void check_alike(const Result<Model>& model, const std::vector<std::uint8_t>& pixels) {
        CPPUNIT_ASSERT(model.ok());
        test::on_every_vector_unit([&] {
            std::vector<float> plain(70), scoped(70);
            forward(*model, pixels, 7, plain);
            LentBlock block;
            std::memset(block.take(LentBlock::kBytes), 0xff, LentBlock::kBytes);
            const ScratchScope scope(block);
            forward(*model, pixels, 7, scoped);
            CPPUNIT_ASSERT(plain == scoped);
        });
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
