// SPDX-License-Identifier: Apache-2.0
#include "libdigit/frame.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <cstdio>

#include "tests/unit/drawing.h"

namespace digit::test {
namespace {

using Pixels = std::array<std::uint8_t, kInputPixels>;

Framed frame_one(const Picture& picture) {
    const auto readings = frame(picture);
    CPPUNIT_ASSERT_MESSAGE(readings.status().message(), readings.ok());
    return readings->front();
}

// Cosine of the angle between two pictures: 1 for the same drawing.
double likeness(const Pixels& a, const Pixels& b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += static_cast<double>(a[i]) * b[i];
        aa += static_cast<double>(a[i]) * a[i];
        bb += static_cast<double>(b[i]) * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

// One pixel's shift of a thin stroke costs much likeness, so the best of the nine is taken.
double shifted_likeness(const Pixels& a, const Pixels& b) {
    double best = 0;
    for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
            Pixels moved{};
            for (int y = 1; y < 27; ++y)
                for (int x = 1; x < 27; ++x)
                    moved[static_cast<std::size_t>((y + dy) * 28 + x + dx)] =
                        a[static_cast<std::size_t>(y * 28 + x)];
            best = std::max(best, likeness(moved, b));
        }
    return best;
}

void print(const Pixels& pixels) {
    for (std::size_t i = 0; i < pixels.size(); ++i)
        std::fprintf(stderr, "%c%s", " .:+#@"[pixels[i] / 43], i % 28 == 27 ? "\n" : "");
}

void assert_same_drawing(const Picture& picture, const Picture& reference, double at_least) {
    const Pixels framed = frame_one(picture).pixels;
    const Pixels expected = frame_one(reference).pixels;
    const double found = shifted_likeness(framed, expected);
    if (found < at_least) {
        print(framed);
        print(expected);
    }
    CPPUNIT_ASSERT_MESSAGE("likeness " + std::to_string(found), found >= at_least);
}

constexpr std::array<int, 6> kDrawn{1, 2, 4, 5, 6, 7};

class FrameTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrameTest);
    CPPUNIT_TEST(ink_fills_a_box_of_19_pixels_and_is_centred_by_mass);
    CPPUNIT_TEST(both_polarities_give_the_same_bits);
    CPPUNIT_TEST(polarity_is_reported);
    CPPUNIT_TEST(any_size_gives_the_same_drawing);
    CPPUNIT_TEST(thin_pencil_is_thickened);
    CPPUNIT_TEST(light_and_shadow_do_not_matter);
    CPPUNIT_TEST(a_shadow_in_a_corner_is_no_ink);
    CPPUNIT_TEST(noise_does_not_matter);
    CPPUNIT_TEST(coloured_ink_of_the_papers_brightness_is_seen);
    CPPUNIT_TEST(page_edges_frames_and_grid_lines_are_left_out);
    CPPUNIT_TEST(an_off_centre_digit_is_found);
    CPPUNIT_TEST(a_tall_digit_is_not_cut_by_the_central_square);
    CPPUNIT_TEST(a_digit_outside_the_central_square_is_found_and_said_so);
    CPPUNIT_TEST(the_central_square_chooses_between_two_digits);
    CPPUNIT_TEST(a_broken_five_stays_one_digit);
    CPPUNIT_TEST(a_digit_cut_tightly_keeps_its_polarity);
    CPPUNIT_TEST(ten_pixels_are_enough);
    CPPUNIT_TEST(the_ink_box_is_told_in_pixels_of_the_source);
    CPPUNIT_TEST(blank_and_flat_pictures_are_refused);
    CPPUNIT_TEST_SUITE_END();

    void ink_fills_a_box_of_19_pixels_and_is_centred_by_mass() {
        for (const int digit : kDrawn) {
            const Pixels pixels = frame_one(draw(digit, {})).pixels;
            int left = 28, right = -1, top = 28, bottom = -1;
            double mass = 0, x_mass = 0, y_mass = 0;
            for (int y = 0; y < 28; ++y)
                for (int x = 0; x < 28; ++x) {
                    const double ink = pixels[static_cast<std::size_t>(y * 28 + x)];
                    if (ink == 0) continue;
                    left = std::min(left, x);
                    right = std::max(right, x);
                    top = std::min(top, y);
                    bottom = std::max(bottom, y);
                    mass += ink;
                    x_mass += ink * x;
                    y_mass += ink * y;
                }
            CPPUNIT_ASSERT_EQUAL(19, std::max(right - left, bottom - top) + 1);
            CPPUNIT_ASSERT(std::fabs(x_mass / mass - 14) <= 0.51);
            CPPUNIT_ASSERT(std::fabs(y_mass / mass - 14) <= 0.51);
        }
    }

    void both_polarities_give_the_same_bits() {
        for (const int digit : kDrawn)
            for (const int edge : {28, 100}) {
                Canvas canvas;
                canvas.width = canvas.height = edge;
                canvas.x = edge * 0.3;
                canvas.y = edge * 0.2;
                canvas.size = edge * 0.6;
                canvas.pen = edge * 0.08;
                const Picture dark = draw(digit, canvas);
                Picture light = dark;
                repaint(light, [](double, double, double level) { return 255 - level; });
                CPPUNIT_ASSERT(frame_one(dark).pixels == frame_one(light).pixels);
            }
    }

    void polarity_is_reported() {
        Canvas canvas;
        CPPUNIT_ASSERT(frame_one(draw(4, canvas)).receipt.polarity == Polarity::kDarkOnLight);
        std::swap(canvas.ink, canvas.paper);
        CPPUNIT_ASSERT(frame_one(draw(4, canvas)).receipt.polarity == Polarity::kLightOnDark);
    }

    void any_size_gives_the_same_drawing() {
        for (const int digit : kDrawn)
            for (const double scale : {0.3, 0.5, 2.0, 4.0}) {
                Canvas canvas;
                canvas.width = canvas.height = static_cast<int>(100 * scale);
                canvas.x *= scale;
                canvas.y *= scale;
                canvas.size *= scale;
                canvas.pen = 8 * scale;
                Canvas reference;
                reference.pen = 8;
                assert_same_drawing(draw(digit, canvas), draw(digit, reference),
                                    scale < 0.5 ? 0.75 : 0.9);
            }
    }

    void thin_pencil_is_thickened() {
        Canvas thin;
        thin.width = thin.height = 300;
        thin.x = 80;
        thin.y = 50;
        thin.size = 200;
        thin.pen = 2;
        Canvas pen;
        pen.pen = 7;
        for (const int digit : kDrawn)
            assert_same_drawing(draw(digit, thin), draw(digit, pen), 0.85);
    }

    void light_and_shadow_do_not_matter() {
        Canvas canvas;
        canvas.width = canvas.height = 240;
        canvas.x = 80;
        canvas.y = 50;
        canvas.size = 130;
        canvas.pen = 12;
        canvas.paper = {200, 200, 200};
        canvas.ink = {40, 40, 40};
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, canvas);
            Picture lit = clean;  // lamp from one side
            repaint(lit,
                    [](double x, double, double level) { return level * (0.4 + 0.6 * x / 240); });
            assert_same_drawing(lit, clean, 0.85);
            Picture vignetted = clean;
            repaint(vignetted, [](double x, double y, double level) {
                return level *
                       (1 - 0.5 * (std::pow((x - 120) / 170, 2) + std::pow((y - 120) / 170, 2)));
            });
            assert_same_drawing(vignetted, clean, 0.85);
        }
    }

    void a_shadow_in_a_corner_is_no_ink() {
        Canvas canvas;
        canvas.width = 240;
        canvas.height = 320;
        canvas.x = 80;
        canvas.y = 90;
        canvas.size = 130;
        canvas.pen = 10;
        canvas.paper = {190, 190, 190};
        canvas.ink = {50, 50, 50};
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, canvas);
            Picture shaded = clean;
            repaint(shaded, [](double x, double y, double level) {
                const double depth = std::clamp((x + y - 470) / 40, 0.0, 1.0);
                return level * (1 - 0.6 * depth);
            });
            assert_same_drawing(shaded, clean, 0.85);
        }
    }

    void noise_does_not_matter() {
        Canvas canvas;
        canvas.paper = {180, 180, 180};
        canvas.ink = {60, 60, 60};
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, canvas);
            Picture noisy = clean;
            add_noise(noisy, 12);
            assert_same_drawing(noisy, clean, 0.85);
        }
    }

    void coloured_ink_of_the_papers_brightness_is_seen() {
        Canvas canvas;
        canvas.channels = 3;
        canvas.paper = {150, 160, 150};
        canvas.ink = {240, 116, 130};  // the paper's luma
        for (const int digit : kDrawn) {
            Picture red = draw(digit, canvas);
            add_noise(red, 4);
            assert_same_drawing(red, draw(digit, {}), 0.85);
        }
    }

    void page_edges_frames_and_grid_lines_are_left_out() {
        Canvas canvas;
        canvas.paper = {220, 220, 220};
        const auto lines = [](double x, double y, double level) {
            const bool line = x < 3 || y > 95 || std::fabs(x - 92) < 1.5;
            return line ? 60 : level;
        };
        const auto frame_line = [](double x, double y, double level) {
            return x < 2 || y < 2 || x > 97 || y > 97 ? 0 : level;
        };
        for (const int digit : kDrawn) {
            const Picture clean = draw(digit, canvas);
            Picture with_lines = clean;
            repaint(with_lines, lines);
            assert_same_drawing(with_lines, clean, 0.9);
            Picture framed = clean;
            repaint(framed, frame_line);
            assert_same_drawing(framed, clean, 0.9);
        }
    }

    void an_off_centre_digit_is_found() {
        for (const int digit : kDrawn)
            for (const auto& [x, y] : {std::pair{12.0, 10.0}, {250.0, 20.0}, {230.0, 250.0}}) {
                Canvas canvas;
                canvas.width = canvas.height = 320;
                canvas.x = x;
                canvas.y = y;
                assert_same_drawing(draw(digit, canvas), draw(digit, {}), 0.9);
            }
    }

    void a_tall_digit_is_not_cut_by_the_central_square() {
        for (const int digit : kDrawn) {
            Canvas canvas;
            canvas.width = 84;
            canvas.height = 130;
            canvas.x = 7;
            canvas.y = 15;
            canvas.size = 100;
            canvas.pen = 9;
            Canvas square;
            square.width = square.height = 140;
            square.x = 40;
            square.y = 20;
            square.size = 100;
            square.pen = 9;
            assert_same_drawing(draw(digit, canvas), draw(digit, square), 0.95);
        }
    }

    void a_digit_outside_the_central_square_is_found_and_said_so() {
        Canvas canvas;
        canvas.width = 300;
        canvas.x = 20;
        const Framed framed = frame_one(draw(2, canvas));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, framed.receipt.warnings.size());
        CPPUNIT_ASSERT_EQUAL(300, framed.receipt.crop.width);
        CPPUNIT_ASSERT(shifted_likeness(framed.pixels, frame_one(draw(2, {})).pixels) > 0.95);
    }

    void the_central_square_chooses_between_two_digits() {
        Canvas canvas;
        canvas.width = 260;
        canvas.x = 110;
        Picture both = draw(4, canvas);
        Canvas aside = canvas;
        aside.x = 5;
        aside.pen = 10;
        const Picture other = draw(7, aside);
        for (std::size_t i = 0; i < both.pixels.size(); ++i)
            both.pixels[i] = std::min(both.pixels[i], other.pixels[i]);
        assert_same_drawing(both, draw(4, {}), 0.95);
    }

    void a_broken_five_stays_one_digit() {
        const Box box = frame_one(draw(5, {})).receipt.ink_box;
        CPPUNIT_ASSERT(box.y <= 20 && box.height >= 60);  // the bar is at the top
    }

    void a_digit_cut_tightly_keeps_its_polarity() {
        for (const int digit : kDrawn)
            for (const bool dark : {true, false}) {
                Canvas canvas;
                canvas.width = 44;
                canvas.height = 60;
                canvas.x = 3;
                canvas.y = 3;
                canvas.size = 54;
                canvas.pen = 8;
                if (!dark) std::swap(canvas.ink, canvas.paper);
                const Framed framed = frame_one(draw(digit, canvas));
                CPPUNIT_ASSERT((framed.receipt.polarity == Polarity::kDarkOnLight) == dark);
            }
    }

    void ten_pixels_are_enough() {
        for (const int digit : {1, 4, 7}) {
            Canvas canvas;
            canvas.width = canvas.height = 10;
            canvas.x = 2;
            canvas.y = 1;
            canvas.size = 8;
            canvas.pen = 1.4;
            Canvas large;
            large.pen = 10;
            assert_same_drawing(draw(digit, canvas), draw(digit, large), 0.75);
        }
    }

    void the_ink_box_is_told_in_pixels_of_the_source() {
        Picture picture = draw(7, {});
        picture.reduction_x = picture.reduction_y = 4;
        const Box box = frame_one(picture).receipt.ink_box;
        CPPUNIT_ASSERT(std::abs(box.x - 4 * 27) <= 8);
        CPPUNIT_ASSERT(std::abs(box.y - 4 * 17) <= 8);
        CPPUNIT_ASSERT(std::abs(box.height - 4 * 66) <= 16);
    }

    void blank_and_flat_pictures_are_refused() {
        for (const double level : {0.0, 128.0, 255.0}) {
            Canvas canvas;
            canvas.paper = canvas.ink = {level, level, level};
            Picture flat = draw(7, canvas);
            CPPUNIT_ASSERT(frame(flat).status().code == Code::kBlankImage);
            repaint(flat, [&](double x, double, double) { return level * 0.9 + x / 10; });
            CPPUNIT_ASSERT(frame(flat).status().code == Code::kBlankImage);
            repaint(flat, [&](double, double, double) { return level; });
            add_noise(flat, 1.5);
            CPPUNIT_ASSERT(frame(flat).status().code == Code::kBlankImage);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FrameTest);

}  // namespace
}  // namespace digit::test
