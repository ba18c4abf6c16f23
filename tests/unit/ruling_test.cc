// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ruling.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>

#include "libdigit/components.h"
#include "tests/unit/drawing.h"
#include "tests/unit/likeness.h"

namespace digit::test {
namespace {

constexpr std::array<int, 6> kDrawn{1, 2, 4, 5, 6, 7};

struct Paper {
    double spacing = 40;
    double width = 2;
    double degrees = 0;
    double bend = 0;  // pixels, in the middle
    bool squared = true;
};

// Lines where the paper has them, of `level`, under the ink.
Picture on_paper(Picture picture, const Paper& paper, double level) {
    const double slope = std::tan(paper.degrees / 180 * 3.14159265);
    const auto is_line = [&](double along, double across, double size, double sign) {
        const double bent = across + sign * slope * along +
                            paper.bend * std::sin(along / size * 3.14159265) + 1000 * paper.spacing;
        return std::fmod(bent + 13, paper.spacing) < paper.width;
    };
    const bool dark = level < 128;
    repaint(picture, [&](double x, double y, double was) {
        const bool line =
            is_line(x, y, picture.width, 1) || (paper.squared && is_line(y, x, picture.height, -1));
        return !line ? was : dark ? std::min(was, level) : std::max(was, level);
    });
    return picture;
}

Canvas large() {
    Canvas canvas;
    canvas.width = canvas.height = 240;
    canvas.x = 75;
    canvas.y = 50;
    canvas.size = 140;
    canvas.pen = 11;
    canvas.paper = {225, 225, 225};
    canvas.ink = {45, 45, 45};
    return canvas;
}

void assert_read_as_on_blank_paper(const Canvas& canvas, const Paper& paper, double level,
                                   double noise, double at_least) {
    for (const int digit : kDrawn) {
        Picture blank = draw(digit, canvas);
        Picture ruled = on_paper(blank, paper, level);
        add_noise(blank, noise);
        add_noise(ruled, noise);
        const double found = likeness(ruled, blank);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(digit) + ", lines of " + std::to_string(level) +
                                   ": likeness " + std::to_string(found),
                               found >= at_least);
        const auto warnings = readings_of(ruled).front().receipt.warnings;
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1},
                             std::count(warnings.begin(), warnings.end(),
                                        "Lines of ruled or squared paper were left out."));
    }
}

InkPlane plane_of(const Picture& picture) {
    InkPlane plane{static_cast<int>(picture.width), static_cast<int>(picture.height), {}};
    for (const std::uint8_t level : picture.pixels)
        plane.ink.push_back(static_cast<std::uint8_t>(255 - level));
    return plane;
}

class RulingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RulingTest);
    CPPUNIT_TEST(lines_as_dark_as_ink_are_left_out);
    CPPUNIT_TEST(so_are_slanted_and_bent_ones);
    CPPUNIT_TEST(so_are_those_of_dark_paper_and_of_small_pictures);
    CPPUNIT_TEST(what_crosses_lines_stays_whole);
    CPPUNIT_TEST(one_line_is_no_ruling);
    CPPUNIT_TEST(lines_at_the_border_are_no_ruling);
    CPPUNIT_TEST(lines_that_end_within_the_picture_are_no_ruling);
    CPPUNIT_TEST(thin_digits_cut_to_their_ink_are_left_alone);
    CPPUNIT_TEST(bars_of_a_digit_that_are_joined_at_a_side_are_left_alone);
    CPPUNIT_TEST(a_stroke_across_ruled_paper_stays);
    CPPUNIT_TEST(where_there_are_only_lines_they_stay);
    CPPUNIT_TEST(small_and_very_long_planes_are_left_alone);
    CPPUNIT_TEST_SUITE_END();

    void lines_as_dark_as_ink_are_left_out() {
        for (const bool squared : {false, true})
            for (const double level : {45.0, 80.0, 120.0})
                for (const double noise : {0.0, 4.0}) {
                    Paper paper;
                    paper.squared = squared;
                    assert_read_as_on_blank_paper(large(), paper, level, noise, 0.95);
                }
    }

    void so_are_slanted_and_bent_ones() {
        for (const double degrees : {-8.0, -3.0, 2.0, 7.0}) {
            Paper paper;
            paper.degrees = degrees;
            assert_read_as_on_blank_paper(large(), paper, 60, 3, 0.95);
        }
        Paper bent;
        bent.bend = 6;
        assert_read_as_on_blank_paper(large(), bent, 60, 3, 0.95);
    }

    void so_are_those_of_dark_paper_and_of_small_pictures() {
        Canvas blackboard = large();
        blackboard.paper = {30, 30, 30};
        blackboard.ink = {220, 220, 220};
        assert_read_as_on_blank_paper(blackboard, {}, 200, 3, 0.95);
        Canvas small = large();
        small.width = small.height = 80;
        small.x /= 3;
        small.y /= 3;
        small.size /= 3;
        small.pen = 5;
        Paper paper;
        paper.spacing = 17;
        paper.width = 1;
        assert_read_as_on_blank_paper(small, paper, 70, 0, 0.93);
    }

    void what_crosses_lines_stays_whole() {
        InkPlane plane{100, 100, {}};
        plane.ink.assign(100 * 100, 0);
        const auto put = [&](int left, int top, int right, int bottom, std::uint8_t ink) {
            for (int y = top; y < bottom; ++y)
                std::fill_n(plane.ink.begin() + y * 100 + left, right - left, ink);
        };
        put(0, 30, 100, 32, 200);
        put(0, 70, 100, 72, 200);
        put(40, 10, 60, 90, 255);
        put(20, 68, 60, 76, 255);  // along a line, and wider
        CPPUNIT_ASSERT(erase_ruling(plane, kInkThreshold));
        for (int y = 0; y < 100; ++y)
            for (int x = 0; x < 100; ++x) {
                const bool stroke = (x >= 40 && x < 60 && y >= 10 && y < 90) ||
                                    (x >= 20 && x < 60 && y >= 68 && y < 76);
                CPPUNIT_ASSERT_EQUAL(stroke ? 255 : 0, int{plane.at(x, y)});
            }
    }

    // Rows of ink, each two pixels wide, and a dot.
    static InkPlane with_rows(std::initializer_list<int> rows, int from = 0, int to = 100) {
        InkPlane plane{100, 100, {}};
        plane.ink.assign(100 * 100, 0);
        for (int y = 10; y < 20; ++y) std::fill_n(plane.ink.begin() + y * 100 + 45, 10, 255);
        for (const int y : rows)
            for (int x = from; x < to; ++x)
                plane.ink[static_cast<std::size_t>(y * 100 + x)] =
                    plane.ink[static_cast<std::size_t>(y * 100 + 100 + x)] = 255;
        return plane;
    }

    static void assert_left_alone(InkPlane plane, bool left_alone) {
        const auto before = plane.ink;
        CPPUNIT_ASSERT_EQUAL(!left_alone, erase_ruling(plane, kInkThreshold));
        CPPUNIT_ASSERT_EQUAL(left_alone, plane.ink == before);
    }

    void one_line_is_no_ruling() {
        assert_left_alone(with_rows({40}), true);
        assert_left_alone(with_rows({40, 60}), false);
    }

    void lines_at_the_border_are_no_ruling() {
        assert_left_alone(with_rows({0, 40, 98}), true);
        assert_left_alone(with_rows({0, 40, 60}), false);
    }

    void lines_that_end_within_the_picture_are_no_ruling() {
        assert_left_alone(with_rows({40, 60}, 0, 80), true);
        assert_left_alone(with_rows({40, 60}, 15), true);
    }

    // Bars and feet from side to side, and a 4 with two of them.
    void thin_digits_cut_to_their_ink_are_left_alone() {
        for (const int digit : kDrawn)
            for (const double pen : {3.0, 5.0}) {
                Canvas canvas;
                canvas.width = 140;
                canvas.height = 200;
                canvas.x = canvas.y = 0;
                canvas.size = 199;
                canvas.pen = pen;
                InkPlane plane = plane_of(draw(digit, canvas));
                CPPUNIT_ASSERT(!erase_ruling(plane, kCleanInkThreshold));
            }
        // A seven-segment 8.
        InkPlane eight = with_rows({0, 49, 98});
        for (int y = 0; y < 100; ++y)
            for (const int x : {0, 1, 98, 99})
                eight.ink[static_cast<std::size_t>(y * 100 + x)] = 255;
        assert_left_alone(eight, true);
    }

    // Of seven segments, without a margin to the left and right.
    void bars_of_a_digit_that_are_joined_at_a_side_are_left_alone() {
        for (const int width : {4, 6}) {
            InkPlane two{200, 300, {}};
            two.ink.assign(200 * 300, 0);
            const auto put = [&](int left, int top, int right, int bottom) {
                for (int y = top; y < bottom; ++y)
                    std::fill_n(two.ink.begin() + y * 200 + left, right - left, 255);
            };
            for (const int y : {30, 150, 270}) put(0, y, 200, y + width);
            put(200 - width, 30, 200, 150);
            put(0, 150, width, 270);
            assert_left_alone(two, true);
        }
    }

    void a_stroke_across_ruled_paper_stays() {
        InkPlane plane = with_rows({30, 50, 70, 90});
        for (int y = 4; y < 95; ++y) std::fill_n(plane.ink.begin() + y * 100 + 30, 3, 255);
        CPPUNIT_ASSERT(erase_ruling(plane, kInkThreshold));
        for (int y = 4; y < 95; ++y) CPPUNIT_ASSERT_EQUAL(255, int{plane.at(31, y)});
        CPPUNIT_ASSERT_EQUAL(0, int{plane.at(70, 50)});
    }

    void where_there_are_only_lines_they_stay() {
        InkPlane plane = with_rows({40, 60});
        for (int y = 10; y < 20; ++y) std::fill_n(plane.ink.begin() + y * 100 + 45, 10, 0);
        assert_left_alone(plane, true);
    }

    void small_and_very_long_planes_are_left_alone() {
        for (const auto& [width, height] : {std::pair{40, 100}, std::pair{500, 100}}) {
            InkPlane plane{width, height, {}};
            plane.ink.assign(static_cast<std::size_t>(width * height), 0);
            for (const int y : {20, 40, 60, 80})
                std::fill_n(plane.ink.begin() + y * width, 2 * width, 255);
            std::fill_n(plane.ink.begin() + 10 * width + 10, 5, 255);
            assert_left_alone(plane, true);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RulingTest);

}  // namespace
}  // namespace digit::test
