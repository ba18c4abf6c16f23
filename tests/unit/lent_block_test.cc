// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

Bytes square_png(std::uint32_t edge, bool interlaced) {
    PngSpec spec;
    spec.width = spec.height = edge;
    spec.interlaced = interlaced;
    for (std::uint32_t i = 0; i < edge * edge; ++i)
        spec.rows.push_back(static_cast<std::uint8_t>(i * 31));
    return write_png(spec);
}

}  // namespace

class LentBlockTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LentBlockTest);
    CPPUNIT_TEST(what_is_taken_is_apart_aligned_and_known);
    CPPUNIT_TEST(pictures_are_the_same_with_and_without_one);
    CPPUNIT_TEST(a_small_picture_s_memory_is_handed_on_and_a_large_one_s_is_not);
    CPPUNIT_TEST_SUITE_END();

    void what_is_taken_is_apart_aligned_and_known() {
        LentBlock block;
        CPPUNIT_ASSERT(!block.holds(&block));
        auto* one = static_cast<std::uint8_t*>(block.take(1));
        auto* two = static_cast<std::uint8_t*>(block.take(100));
        CPPUNIT_ASSERT(two >= one + 1);
        CPPUNIT_ASSERT(reinterpret_cast<std::uintptr_t>(two) % alignof(std::max_align_t) == 0);
        CPPUNIT_ASSERT(block.holds(one) && block.holds(two) && !block.holds(&one));
        CPPUNIT_ASSERT(block.take(LentBlock::kBytes) == nullptr);
        const std::size_t rest = LentBlock::kBytes - static_cast<std::size_t>(two + 112 - one);
        auto* last = static_cast<std::uint8_t*>(block.take(rest));
        CPPUNIT_ASSERT(last != nullptr && block.holds(last + rest - 1) &&
                       !block.holds(last + rest));
        CPPUNIT_ASSERT(block.take(1) == nullptr);
        block.clear();
        CPPUNIT_ASSERT_EQUAL(static_cast<void*>(one), block.take(LentBlock::kBytes));
    }

    void a_small_picture_s_memory_is_handed_on_and_a_large_one_s_is_not() {
        LentBlock block;
        CPPUNIT_ASSERT(block.take_pixels().capacity() == 0);
        std::vector<std::uint8_t> small(784), large(5000);
        const std::uint8_t* memory = small.data();
        block.give_back(std::move(small));
        block.give_back(std::move(large));
        const std::vector<std::uint8_t> taken = block.take_pixels();
        CPPUNIT_ASSERT(memory == taken.data());
        CPPUNIT_ASSERT(block.take_pixels().capacity() == 0);
    }

    // The larger ones do not fit; the smaller ones meet what the larger have left.
    void pictures_are_the_same_with_and_without_one() {
        LentBlock block;
        for (const std::uint32_t edge : {28u, 700u, 12u, 3000u, 28u})
            for (const bool interlaced : {false, true}) {
                const Bytes file = square_png(edge, interlaced);
                auto with = decode(file, Limits{}, Colour::kLuma, &block);
                const auto without = decode(file, Limits{}, Colour::kLuma);
                CPPUNIT_ASSERT(with.ok() && without.ok());
                CPPUNIT_ASSERT(with->pixels == without->pixels);
                std::fill(with->pixels.begin(), with->pixels.end(), std::uint8_t{255});
                block.give_back(std::move(with->pixels));
            }
        // Nothing of another picture shows where a frame leaves the screen free.
        GifSpec gif;
        gif.width = gif.height = 28;
        gif.left = gif.top = 9;
        gif.frame_width = gif.frame_height = 10;
        gif.palette = {{255, 255, 255}, {0, 0, 0}};
        gif.pixels.assign(100, 1);
        const Bytes file = write_gif(gif);
        block.give_back(std::vector<std::uint8_t>(4096, 200));
        const auto with = decode(file, Limits{}, Colour::kLuma, &block);
        const auto without = decode(file, Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(with.ok() && without.ok() && with->pixels == without->pixels);
        // A reader that gives up in the middle leaves it usable.
        Bytes cut = square_png(28, false);
        cut.resize(cut.size() - 40);
        CPPUNIT_ASSERT(!decode(cut, Limits{}, Colour::kLuma, &block).ok());
        CPPUNIT_ASSERT(decode(square_png(28, false), Limits{}, Colour::kLuma, &block).ok());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LentBlockTest);

}  // namespace digit::test
