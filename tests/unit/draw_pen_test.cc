// SPDX-License-Identifier: Apache-2.0
// Digits from pen strokes.
#include "trainer/draw_pen.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "trainer/draw_segments.h"

namespace digit {
namespace {

int contrast_of(const DrawnDigit& drawn) {
    const auto [dark, light] = std::minmax_element(drawn.luma.begin(), drawn.luma.end());
    return *light - *dark;
}

void assert_in_picture(const std::string& what, const DrawnDigit& drawn) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, static_cast<std::size_t>(drawn.width * drawn.height),
                                 drawn.luma.size());
    CPPUNIT_ASSERT_MESSAGE(what, drawn.width >= 10 && drawn.height >= 10);
    CPPUNIT_ASSERT_MESSAGE(what, drawn.box.left >= 0 && drawn.box.top >= 0);
    CPPUNIT_ASSERT_MESSAGE(what, drawn.box.right <= static_cast<float>(drawn.width));
    CPPUNIT_ASSERT_MESSAGE(what, drawn.box.bottom <= static_cast<float>(drawn.height));
    CPPUNIT_ASSERT_MESSAGE(what, contrast_of(drawn) >= 20);
}

// Mean luma of the digit's box less that of the picture's edge.
double brightness(const DrawnDigit& drawn) {
    double inside = 0, outside = 0;
    int inside_count = 0, outside_count = 0;
    for (int y = 0; y < drawn.height; ++y)
        for (int x = 0; x < drawn.width; ++x) {
            const int luma = drawn.luma[static_cast<std::size_t>(y * drawn.width + x)];
            const auto px = static_cast<float>(x) + 0.5f;
            const auto py = static_cast<float>(y) + 0.5f;
            const bool in = px > drawn.box.left && px < drawn.box.right && py > drawn.box.top &&
                            py < drawn.box.bottom;
            (in ? inside : outside) += luma;
            ++(in ? inside_count : outside_count);
        }
    return inside / inside_count - outside / outside_count;
}

}  // namespace

class DrawPenTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DrawPenTest);
    CPPUNIT_TEST(every_digit_has_several_allographs_that_begin_with_a_stroke);
    CPPUNIT_TEST(every_allograph_draws_light_ink_within_its_picture);
    CPPUNIT_TEST(the_same_seed_and_index_draw_the_same_picture);
    CPPUNIT_TEST(another_seed_or_index_draws_another_picture);
    CPPUNIT_TEST(labels_go_round_and_pictures_are_not_blank);
    CPPUNIT_TEST(segments_light_up_as_on_a_display);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override {
        auto made = Rasteriser::make();
        CPPUNIT_ASSERT(made.ok());
        rasteriser_ = std::make_unique<Rasteriser>(std::move(*made));
    }

    void every_digit_has_several_allographs_that_begin_with_a_stroke() {
        std::size_t sum = 0;
        for (int digit = 0; digit < 10; ++digit) {
            CPPUNIT_ASSERT(allographs(digit).size() >= 4);
            sum += allographs(digit).size();
        }
        CPPUNIT_ASSERT_EQUAL(allographs().size(), sum);
        for (const Allograph& allograph : allographs()) {
            CPPUNIT_ASSERT(allograph.knots[0].kind == KnotKind::kMove);
            CPPUNIT_ASSERT(allograph.knots[1].kind != KnotKind::kMove);
            CPPUNIT_ASSERT(allograph.widest_pen > 0.1f && allograph.widest_pen <= 0.25f);
        }
    }

    void every_allograph_draws_light_ink_within_its_picture() {
        for (const Allograph& allograph : allographs())
            for (std::uint64_t i = 0; i < 20; ++i) {
                const DrawnDigit drawn = draw_allograph(*rasteriser_, allograph, i % 2 == 0, 1, i);
                const std::string what = std::to_string(allograph.digit) + " " + allograph.name;
                CPPUNIT_ASSERT_EQUAL(allograph.digit, drawn.label);
                assert_in_picture(what, drawn);
                CPPUNIT_ASSERT_MESSAGE(what, brightness(drawn) > 2);
            }
    }

    void the_same_seed_and_index_draw_the_same_picture() {
        for (std::uint64_t i = 0; i < 50; ++i) {
            const DrawnDigit once = draw_pen_digit(*rasteriser_, 7, i);
            const DrawnDigit again = draw_pen_digit(*rasteriser_, 7, i);
            CPPUNIT_ASSERT_EQUAL(once.width, again.width);
            CPPUNIT_ASSERT(once.luma == again.luma);
        }
    }

    void another_seed_or_index_draws_another_picture() {
        const DrawnDigit one = draw_pen_digit(*rasteriser_, 7, 3);
        CPPUNIT_ASSERT(one.luma != draw_pen_digit(*rasteriser_, 8, 3).luma);
        CPPUNIT_ASSERT(one.luma != draw_pen_digit(*rasteriser_, 7, 13).luma);
    }

    void labels_go_round_and_pictures_are_not_blank() {
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const DrawnDigit drawn = draw_pen_digit(*rasteriser_, 1, i);
            CPPUNIT_ASSERT_EQUAL(static_cast<int>(i % 10), drawn.label);
            assert_in_picture("picture " + std::to_string(i), drawn);
        }
    }

    void segments_light_up_as_on_a_display() {
        // Fewest and most lit segments, the variants without tails included.
        constexpr std::array<std::array<std::size_t, 2>, 10> kLit = {
            {{6, 6}, {2, 2}, {5, 5}, {5, 5}, {4, 4}, {5, 5}, {5, 6}, {3, 4}, {7, 7}, {5, 6}}};
        for (int label = 0; label < 10; ++label) {
            std::array<std::size_t, 2> seen = {99, 0};
            for (std::uint64_t i = 0; i < 40; ++i) {
                Random random(i, Stream::kDrawn);
                const SegmentDigit digit = segment_digit(label, random);
                seen[0] = std::min(seen[0], digit.shape.ends.size());
                seen[1] = std::max(seen[1], digit.shape.ends.size());
                const Bounds bounds = bounds_of(digit.shape.points);
                CPPUNIT_ASSERT(bounds.height() > 0.4f && bounds.height() < 1.3f);
            }
            CPPUNIT_ASSERT(seen == kLit[static_cast<std::size_t>(label)]);
        }
    }

  private:
    std::unique_ptr<Rasteriser> rasteriser_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrawPenTest);

}  // namespace digit
