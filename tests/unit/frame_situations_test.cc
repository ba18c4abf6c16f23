// SPDX-License-Identifier: Apache-2.0
// Framing of what people send: what frame_test.cc has not.
#include <cppunit/extensions/HelperMacros.h>

#include <cmath>

#include "libdigit/decode.h"
#include "libdigit/frame.h"
#include "tests/unit/drawing.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/likeness.h"

namespace digit::test {
namespace {

constexpr std::array<int, 6> kDrawn{1, 2, 4, 5, 6, 7};

// Of any reading of one with the likeliest of the other.
double best_likeness(const Picture& one, const Picture& other) {
    double best = 0;
    for (const Framed& reading : readings_of(one))
        best = std::max(best, likeness(reading.pixels, readings_of(other).front().pixels));
    return best;
}

Canvas on_grey_paper() {
    Canvas canvas;
    canvas.width = canvas.height = 240;
    canvas.x = 80;
    canvas.y = 50;
    canvas.size = 130;
    canvas.pen = 10;
    canvas.paper = {200, 200, 200};
    canvas.ink = {40, 40, 40};
    return canvas;
}

void assert_same_drawing(const Picture& picture, const Picture& reference, double at_least) {
    const double found = likeness(picture, reference);
    CPPUNIT_ASSERT_MESSAGE("likeness " + std::to_string(found), found >= at_least);
}

Picture sent_as_jpeg(const Picture& picture, int quality) {
    JpegSpec spec;
    spec.width = picture.width;
    spec.height = picture.height;
    spec.quality = quality;
    spec.pixels = picture.pixels;
    auto decoded = decode(write_jpeg(spec), Limits{}, Colour::kRgb);
    CPPUNIT_ASSERT_MESSAGE(decoded.status().message(), decoded.ok());
    return std::move(*decoded);
}

// Without the rows and columns at the border that hold nothing but paper.
Picture cut_to_ink(const Picture& picture, int paper) {
    std::uint32_t left = picture.width, top = picture.height, right = 0, bottom = 0;
    for (std::uint32_t y = 0; y < picture.height; ++y)
        for (std::uint32_t x = 0; x < picture.width; ++x) {
            if (picture.pixels[y * picture.width + x] == paper) continue;
            left = std::min(left, x);
            right = std::max(right, x + 1);
            top = std::min(top, y);
            bottom = std::max(bottom, y + 1);
        }
    Picture cut;
    cut.width = right - left;
    cut.height = bottom - top;
    for (std::uint32_t y = top; y < bottom; ++y)
        for (std::uint32_t x = left; x < right; ++x)
            cut.pixels.push_back(picture.pixels[y * picture.width + x]);
    return cut;
}

Canvas scaled(double scale) {
    Canvas canvas;
    canvas.width = canvas.height = static_cast<int>(100 * scale);
    canvas.x *= scale;
    canvas.y *= scale;
    canvas.size *= scale;
    canvas.pen *= scale;
    return canvas;
}

class FrameSituationsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrameSituationsTest);
    CPPUNIT_TEST(a_thick_marker_is_not_taken_for_paper);
    CPPUNIT_TEST(jpeg_blocks_do_not_matter);
    CPPUNIT_TEST(a_photo_of_12_megapixels_gives_the_same_drawing);
    CPPUNIT_TEST(a_small_digit_in_a_large_picture_is_found);
    CPPUNIT_TEST(a_digit_that_touches_all_borders_is_kept_whole);
    CPPUNIT_TEST(a_fat_digit_cut_to_its_ink_is_framed_as_with_a_margin);
    CPPUNIT_TEST(shadows_with_hard_edges_are_left_out);
    CPPUNIT_TEST(a_thick_frame_round_the_picture_is_left_out);
    CPPUNIT_TEST(squared_paper_is_left_out);
    CPPUNIT_TEST(a_sheet_on_a_table_is_read);
    CPPUNIT_TEST(a_fat_digit_is_no_sheet);
    CPPUNIT_TEST(light_that_is_not_smooth_does_not_hollow_broad_strokes);
    CPPUNIT_TEST(a_digit_of_dashes_is_one_digit);
    CPPUNIT_TEST(a_hairline_of_uneven_strength_is_one_digit);
    CPPUNIT_TEST(where_polarity_is_in_doubt_both_readings_are_given);
    CPPUNIT_TEST_SUITE_END();

    void a_thick_marker_is_not_taken_for_paper() {
        for (const int digit : kDrawn) {
            Canvas marker;
            marker.pen = 15;
            const Framed framed = readings_of(draw(digit, marker)).front();
            CPPUNIT_ASSERT(framed.receipt.polarity == Polarity::kDarkOnLight);
            assert_same_drawing(draw(digit, marker), draw(digit, {}), 0.7);
        }
    }

    void jpeg_blocks_do_not_matter() {
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, {});
            assert_same_drawing(sent_as_jpeg(clean, 15), clean, 0.95);
        }
    }

    void a_photo_of_12_megapixels_gives_the_same_drawing() {
        const Picture large = draw(4, scaled(34.7));
        CPPUNIT_ASSERT(large.pixels.size() > 12'000'000);
        const Picture decoded = sent_as_jpeg(large, 80);
        assert_same_drawing(decoded, draw(4, {}), 0.95);
        const Box box = readings_of(decoded).front().receipt.ink_box;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.2 * 3470, box.y, 150);  // told in pixels of the file
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.6 * 3470, box.height, 300);
    }

    void a_small_digit_in_a_large_picture_is_found() {
        for (const int digit : kDrawn) {
            Canvas canvas;
            canvas.width = 640;
            canvas.height = 480;
            canvas.x = 300;
            canvas.y = 200;
            canvas.size = 40;
            canvas.pen = 4;
            canvas.paper = {190, 190, 190};
            canvas.ink = {60, 60, 60};
            const Picture clean = draw(digit, canvas);
            Picture noisy = clean;
            add_noise(noisy, 4);
            assert_same_drawing(noisy, draw(digit, {}), 0.85);
        }
    }

    // Not the 5: its bar, apart and along the border, is taken for the edge of a page.
    void a_digit_that_touches_all_borders_is_kept_whole() {
        for (const int digit : {1, 2, 4, 6, 7})
            for (const bool dark : {true, false}) {
                Canvas cut;
                cut.width = 44;
                cut.height = 60;
                cut.x = 3;
                cut.y = 3;
                cut.size = 54;
                if (!dark) std::swap(cut.ink, cut.paper);
                assert_same_drawing(draw(digit, cut), draw(digit, {}), 0.85);
            }
    }

    // Ink covers most of such a picture, and soft edges most of the rest.
    void a_fat_digit_cut_to_its_ink_is_framed_as_with_a_margin() {
        for (const int digit : kDrawn)
            for (const double pen : {5.5, 6.5})
                for (const bool dark : {true, false}) {
                    Canvas fat;
                    fat.width = fat.height = 28;
                    fat.x = 9;
                    fat.y = 6;
                    fat.size = 16;
                    fat.pen = pen;
                    if (!dark) std::swap(fat.ink, fat.paper);
                    const Picture whole = draw(digit, fat);
                    const double best = best_likeness(cut_to_ink(whole, dark ? 255 : 0), whole);
                    CPPUNIT_ASSERT_MESSAGE("likeness " + std::to_string(best), best >= 0.9);
                }
    }

    // Half the paper, a third of it, or beyond a slanted edge; the edge crosses the digit or not.
    void shadows_with_hard_edges_are_left_out() {
        const auto part = [](double way, double softness) {
            return std::clamp(way / softness, 0.0, 1.0);
        };
        for (const int digit : kDrawn)
            for (const double depth : {0.5, 0.7})
                for (const double softness : {10.0, 40.0}) {
                    const Picture clean = draw(digit, on_grey_paper());
                    const auto check = [&](auto way) {
                        Picture shaded = clean;
                        repaint(shaded, [&](double x, double y, double level) {
                            return level * (1 - depth * part(way(x, y), softness));
                        });
                        add_noise(shaded, 2);
                        const double best = best_likeness(shaded, clean);
                        CPPUNIT_ASSERT_MESSAGE("likeness " + std::to_string(best), best >= 0.9);
                    };
                    check([](double x, double) { return x - 120; });
                    check([](double x, double) { return x - 170; });
                    check([](double x, double y) { return x + y - 300; });
                    check([](double x, double y) { return 60 - std::hypot(x - 235, y - 235); });
                }
    }

    void a_thick_frame_round_the_picture_is_left_out() {
        for (const int digit : kDrawn)
            for (const double width : {5.0, 12.0, 24.0})
                for (const double frame_level : {0.0, 100.0, 255.0}) {
                    const Picture clean = draw(digit, on_grey_paper());
                    Picture framed = clean;
                    repaint(framed, [&](double x, double y, double level) {
                        const bool inside =
                            std::max(std::fabs(x - 120), std::fabs(y - 120)) < 120 - width;
                        return inside ? level : frame_level;
                    });
                    const double best = best_likeness(framed, clean);
                    CPPUNIT_ASSERT_MESSAGE("likeness " + std::to_string(best), best >= 0.9);
                }
    }

    void squared_paper_is_left_out() {
        Canvas canvas = scaled(3);
        canvas.paper = {225, 225, 225};
        canvas.ink = {50, 50, 50};
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, canvas);
            Picture squared = clean;
            repaint(squared, [](double x, double y, double level) {
                return std::fmod(x, 36) < 2 || std::fmod(y, 36) < 2 ? level - 30 : level;
            });
            assert_same_drawing(squared, clean, 0.85);
        }
    }

    // Straight and turned.
    void a_sheet_on_a_table_is_read() {
        Canvas canvas;
        canvas.width = canvas.height = 240;
        canvas.x = 85;
        canvas.y = 70;
        canvas.size = 100;
        canvas.pen = 9;
        canvas.paper = {232, 232, 228};
        canvas.ink = {50, 50, 60};
        canvas.channels = 3;
        for (const double slope : {0.0, 0.08})
            for (const double table : {80.0, 40.0})
                for (const int digit : kDrawn) {
                    const Picture bare = draw(digit, canvas);
                    Picture sheet = bare;
                    repaint(sheet, [&](double x, double y, double level) {
                        const double across = x - 120 + slope * (y - 120);
                        const double down = y - 120 - slope * (x - 120);
                        return std::max(std::fabs(across), std::fabs(down)) < 90 ? level : table;
                    });
                    add_noise(sheet, 3);
                    const auto wanted = readings_of(bare).front();
                    double best = 0;
                    Box box;
                    for (const Framed& reading : readings_of(sheet)) {
                        const double found = likeness(reading.pixels, wanted.pixels);
                        if (found <= best) continue;
                        best = found;
                        box = reading.receipt.ink_box;
                    }
                    CPPUNIT_ASSERT_MESSAGE(
                        std::to_string(digit) + ": likeness " + std::to_string(best), best >= 0.95);
                    CPPUNIT_ASSERT(std::abs(box.x - wanted.receipt.ink_box.x) <= 2);
                    CPPUNIT_ASSERT(std::abs(box.y - wanted.receipt.ink_box.y) <= 2);
                    CPPUNIT_ASSERT(std::abs(box.width - wanted.receipt.ink_box.width) <= 3);
                    CPPUNIT_ASSERT(std::abs(box.height - wanted.receipt.ink_box.height) <= 3);
                }
    }

    void a_fat_digit_is_no_sheet() {
        Canvas canvas;
        canvas.width = canvas.height = 220;
        canvas.x = 60;
        canvas.y = 40;
        canvas.size = 140;
        canvas.paper = {230, 230, 230};
        canvas.ink = {40, 40, 40};
        for (const double pen : {40.0, 55.0})
            for (const int digit : {2, 4, 5, 6, 7}) {
                canvas.pen = pen;
                Picture picture = draw(digit, canvas);
                add_noise(picture, 3);
                for (const Framed& reading : readings_of(picture))
                    for (const std::string& warning : reading.receipt.warnings)
                        CPPUNIT_ASSERT_MESSAGE(std::to_string(digit) + " by " + std::to_string(pen),
                                               warning.find("sheet") == warning.npos);
            }
    }

    // Crumpled paper.
    void light_that_is_not_smooth_does_not_hollow_broad_strokes() {
        Canvas canvas;
        canvas.width = canvas.height = 240;
        canvas.x = 70;
        canvas.y = 45;
        canvas.size = 150;
        canvas.pen = 44;
        canvas.paper = {220, 220, 220};
        canvas.ink = {55, 55, 55};
        for (const int digit : {1, 2, 4, 6, 7}) {
            const Picture even = draw(digit, canvas);
            Picture crumpled = even;
            repaint(crumpled, [](double x, double y, double level) {
                return level * (0.85 + 0.2 * std::sin(x / 14) * std::sin(y / 12 + x / 40));
            });
            add_noise(crumpled, 2);
            const double found = best_likeness(crumpled, even);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(digit) + ": likeness " + std::to_string(found),
                                   found >= 0.97);
        }
    }

    // Every third of 9 pixels is missing.
    void a_digit_of_dashes_is_one_digit() {
        for (const int digit : kDrawn) {
            Picture dashed = draw(digit, {});
            repaint(dashed, [](double x, double y, double level) {
                return std::fmod(x + 1.3 * y, 9) < 3 ? 255 : level;
            });
            CPPUNIT_ASSERT(readings_of(dashed).front().receipt.ink_box.height >= 55);
        }
    }

    // As small print of hairlines is rendered: here black, there light grey.
    void a_hairline_of_uneven_strength_is_one_digit() {
        for (const int digit : kDrawn) {
            Canvas hairline;
            hairline.pen = 2;
            Picture picture = draw(digit, hairline);
            repaint(picture, [](double x, double y, double level) {
                return std::fmod(x + 1.3 * y, 12) < 6 ? 255 - 0.3 * (255 - level) : level;
            });
            CPPUNIT_ASSERT(readings_of(picture).front().receipt.ink_box.height >= 55);
        }
    }

    // As much dark ink as light on grey paper.
    void where_polarity_is_in_doubt_both_readings_are_given() {
        Canvas dark;
        dark.x = 12;
        dark.size = 50;
        dark.y = 25;
        dark.paper = {165, 165, 165};
        dark.ink = {90, 90, 90};
        Canvas light = dark;
        light.x = 54;
        light.ink = {240, 240, 240};
        Picture both = draw(4, dark);
        const Picture other = draw(4, light);
        for (std::size_t i = 0; i < both.pixels.size(); ++i)
            if (both.pixels[i] == 165) both.pixels[i] = other.pixels[i];
        const auto readings = readings_of(both);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, readings.size());
        CPPUNIT_ASSERT(readings[0].receipt.polarity != readings[1].receipt.polarity);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FrameSituationsTest);

}  // namespace
}  // namespace digit::test
