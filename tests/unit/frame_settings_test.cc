// SPDX-License-Identifier: Apache-2.0
// How digits are put into their box, and what is restored before: FrameSettings.
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "libdigit/frame.h"
#include "libdigit/sharpen.h"
#include "tests/unit/drawing.h"

namespace digit::test {
namespace {

using Pixels = std::array<std::uint8_t, kInputPixels>;

Pixels framed(const Picture& picture, const FrameSettings& settings = {}) {
    const auto readings = frame(picture, settings);
    CPPUNIT_ASSERT_MESSAGE(readings.status().message(), readings.ok());
    return readings->front().pixels;
}

struct Size {
    int width, height;
};

Size size_of(const Pixels& pixels) {
    int left = kInputEdge, right = -1, top = kInputEdge, bottom = -1;
    for (int i = 0; i < kInputPixels; ++i) {
        if (pixels[static_cast<std::size_t>(i)] == 0) continue;
        left = std::min(left, i % kInputEdge);
        right = std::max(right, i % kInputEdge);
        top = std::min(top, i / kInputEdge);
        bottom = std::max(bottom, i / kInputEdge);
    }
    return {right - left + 1, bottom - top + 1};
}

// A 2 stretched to as wide as it is high.
Picture stretched() {
    Canvas canvas;
    canvas.size = 80;
    canvas.x = 20;
    canvas.y = 10;
    const Picture narrow = draw(2, canvas);
    Picture wide = narrow;
    wide.width = wide.source_width = narrow.width * 3 / 2;
    wide.pixels.clear();
    for (std::uint32_t y = 0; y < wide.height; ++y)
        for (std::uint32_t x = 0; x < wide.width; ++x)
            wide.pixels.push_back(narrow.pixels[y * narrow.width + x * 2 / 3]);
    return wide;
}

Picture of_bytes(std::vector<std::uint8_t> pixels, int width) {
    Picture picture;
    picture.width = picture.source_width = static_cast<std::uint32_t>(width);
    picture.height = picture.source_height =
        static_cast<std::uint32_t>(pixels.size()) / picture.width;
    picture.pixels = std::move(pixels);
    return picture;
}

Picture upright(const char* rows, int width) {
    std::vector<std::uint8_t> pixels;
    for (const char* c = rows; *c != '\0'; ++c) pixels.push_back(*c == '#' ? 255 : 0);
    return of_bytes(std::move(pixels), width);
}

// A 5 cut out to its ink, 16×16, its bar apart from it and along the border.
const char* const kFive =
    ".....###########"
    ".....###########"
    "................"
    "...##..........."
    "..##............"
    ".##............."
    ".##............."
    ".############..."
    ".############..."
    "...........###.."
    "............###."
    ".............##."
    ".............##."
    "............###."
    "##........###..."
    "############....";

// A ring of print out of focus on paper with a little noise, 40×40: its hole is grey.
Picture blurred_ring(double contrast = 90, double slope = 0.3, double deviation = 1.5) {
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0, deviation);
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < 40; ++y)
        for (int x = 0; x < 40; ++x) {
            const double from_ring = std::hypot((x - 19.5) / 0.8, y - 19.5) - 3.6;
            const double ink = std::exp(-from_ring * from_ring / (2 * 3.0 * 3.0));
            pixels.push_back(static_cast<std::uint8_t>(
                std::lround(180 + slope * x - contrast * ink + noise(random))));
        }
    return of_bytes(std::move(pixels), 40);
}

int middle_of(const Pixels& pixels) { return pixels[14 * kInputEdge + 14]; }

class FrameSettingsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrameSettingsTest);
    CPPUNIT_TEST(a_digit_is_19_pixels_long_and_20_to_learn_from);
    CPPUNIT_TEST(a_digit_stretched_to_a_square_is_narrowed_but_not_to_learn_from);
    CPPUNIT_TEST(a_digit_that_lies_as_mnists_do_keeps_its_size);
    CPPUNIT_TEST(the_bar_of_a_five_cut_to_its_ink_is_kept);
    CPPUNIT_TEST(a_frame_round_a_digit_is_no_bar);
    CPPUNIT_TEST(a_hole_that_blur_filled_is_seen_again);
    CPPUNIT_TEST(sharpening_makes_no_picture_blank_nor_a_blank_one_ink);
    CPPUNIT_TEST(steep_edges_are_left_alone);
    CPPUNIT_TEST(what_is_sharpened_stays_within_its_levels);
    CPPUNIT_TEST_SUITE_END();

    void a_digit_is_19_pixels_long_and_20_to_learn_from() {
        for (const int digit : {1, 2, 4, 5, 6, 7}) {
            const Size served = size_of(framed(draw(digit, {})));
            const Size learnt = size_of(framed(draw(digit, {}), kFrameToLearnFrom));
            CPPUNIT_ASSERT_EQUAL(19, std::max(served.width, served.height));
            CPPUNIT_ASSERT_EQUAL(20, std::max(learnt.width, learnt.height));
        }
    }
    void a_digit_stretched_to_a_square_is_narrowed_but_not_to_learn_from() {
        const Size served = size_of(framed(stretched()));
        CPPUNIT_ASSERT(served.height >= 18);
        CPPUNIT_ASSERT(served.width <= 15);
        CPPUNIT_ASSERT(size_of(framed(stretched(), kFrameToLearnFrom)).width >= 19);
    }
    void a_digit_that_lies_as_mnists_do_keeps_its_size() {
        // With traces of JPEG, so that it is framed anew.
        const Pixels as_mnist = framed(draw(6, {}), kFrameToLearnFrom);
        std::vector<std::uint8_t> pixels(as_mnist.begin(), as_mnist.end());
        for (std::size_t i = 0; i < pixels.size(); i += 3)
            pixels[i] = static_cast<std::uint8_t>(std::max(3, pixels[i] - 3));
        const Size size = size_of(framed(of_bytes(std::move(pixels), kInputEdge)));
        CPPUNIT_ASSERT_EQUAL(20, std::max(size.width, size.height));
    }
    void the_bar_of_a_five_cut_to_its_ink_is_kept() {
        const auto readings = frame(upright(kFive, 16));
        CPPUNIT_ASSERT(readings.ok());
        const Box box = readings->front().receipt.ink_box;
        CPPUNIT_ASSERT(readings->front().receipt.polarity == Polarity::kLightOnDark);
        CPPUNIT_ASSERT_EQUAL(0, box.y);
        CPPUNIT_ASSERT_EQUAL(16, box.height);
        CPPUNIT_ASSERT_EQUAL(16, box.width);
    }
    void a_frame_round_a_digit_is_no_bar() {
        Canvas canvas;
        canvas.paper = {0, 0, 0};
        canvas.ink = {255, 255, 255};
        const Box alone = frame(draw(4, canvas))->front().receipt.ink_box;
        Picture picture = draw(4, canvas);
        for (int i = 0; i < 100; ++i)
            for (const int at : {i, 9900 + i, 100 * i, 100 * i + 99})
                picture.pixels[static_cast<std::size_t>(at)] = 255;
        const Box box = frame(picture)->front().receipt.ink_box;
        CPPUNIT_ASSERT_EQUAL(alone.x, box.x);
        CPPUNIT_ASSERT_EQUAL(alone.width, box.width);
        CPPUNIT_ASSERT_EQUAL(alone.height, box.height);
    }
    void a_hole_that_blur_filled_is_seen_again() {
        const int blurred = middle_of(framed(blurred_ring(), kFrameToLearnFrom));
        const int restored = middle_of(framed(blurred_ring()));
        CPPUNIT_ASSERT_MESSAGE(std::to_string(blurred) + " " + std::to_string(restored),
                               restored + 25 < blurred);
    }
    void sharpening_makes_no_picture_blank_nor_a_blank_one_ink() {
        // Of fainter and fainter print, the server reads just what is read without sharpening.
        int blank = 0;
        for (double contrast = 12; contrast >= 0; contrast -= 0.25) {
            const Picture faint = blurred_ring(contrast, 0, 0.8);
            const bool is_blank = !frame(faint, kFrameToLearnFrom).ok();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(contrast), is_blank, !frame(faint).ok());
            blank += is_blank;
        }
        CPPUNIT_ASSERT(blank > 10 && blank < 40);
    }
    void steep_edges_are_left_alone() {
        ScratchVector<std::uint16_t> levels(40 * 40, 255);
        for (std::size_t y = 10; y < 30; ++y) std::fill_n(&levels[y * 40 + 15], 10, 155);
        const auto before = levels;
        CPPUNIT_ASSERT(!sharpen_if_blurred(40, 40, 100, levels));
        CPPUNIT_ASSERT(std::ranges::equal(before, levels));
    }
    void what_is_sharpened_stays_within_its_levels() {
        // A slope from the lowest level to the highest.
        ScratchVector<std::uint16_t> levels(95 * 95);
        for (std::size_t i = 0; i < levels.size(); ++i)
            levels[i] = static_cast<std::uint16_t>(std::min<std::size_t>(510, i % 95 * 8));
        const auto before = levels;
        CPPUNIT_ASSERT(sharpen_if_blurred(95, 95, 255, levels));
        CPPUNIT_ASSERT(!std::ranges::equal(before, levels));
        for (const std::uint16_t level : levels) CPPUNIT_ASSERT(level <= 510);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, levels[0]);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{510}, levels[94]);
        // Between them it is a straight line, which has nothing to sharpen.
        CPPUNIT_ASSERT_EQUAL(before[47 * 95 + 32], levels[47 * 95 + 32]);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FrameSettingsTest);

}  // namespace
}  // namespace digit::test
