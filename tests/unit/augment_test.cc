// SPDX-License-Identifier: Apache-2.0
#include "trainer/augment.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "tests/unit/vector_units.h"
#include "trainer/ink_levels.h"

namespace digit {
namespace {

using Picture28 = std::array<std::uint8_t, 784>;
using Floats = std::array<float, 784>;

// A ring with a tail, in grey.
Picture28 nine() {
    Picture28 picture{};
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) {
            const double r = std::hypot(x - 13, y - 10);
            const bool tail = x >= 16 && x <= 18 && y > 10 && y < 24;
            const double ink = tail ? 1 : std::max(0.0, 1.4 - std::abs(r - 5));
            picture[static_cast<std::size_t>(y * 28 + x)] =
                static_cast<std::uint8_t>(255 * std::min(1.0, ink));
        }
    return picture;
}

Floats apply(const Augmenter& augmenter, const Distortion& distortion,
             const DisplacementNoise& noise = {}) {
    Floats out;
    augmenter.apply(nine(), distortion, noise, out.data());
    return out;
}

double sum(const Floats& pixels) {
    double total = 0;
    for (float pixel : pixels) total += static_cast<double>(pixel);
    return total;
}

// Calls f(distortion, noise) for so many draws.
template <class F>
void for_draws(const Augmenter& augmenter, std::uint64_t count, F f) {
    for (std::uint64_t i = 0; i < count; ++i) {
        Random random(1, Stream::kAugment, {i});
        DisplacementNoise noise;
        const Distortion distortion = augmenter.draw(random, noise);
        f(distortion, noise);
    }
}

class AugmentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AugmentTest);
    CPPUNIT_TEST(the_vectorised_distortion_equals_the_plain_one);
    CPPUNIT_TEST(a_refitted_picture_has_size_and_centre_of_the_source);
    CPPUNIT_TEST(a_narrow_digit_is_stretched_to_a_square);
    CPPUNIT_TEST(no_distortion_changes_nothing);
    CPPUNIT_TEST(a_shift_moves_the_picture);
    CPPUNIT_TEST(a_quarter_turn_turns_the_picture);
    CPPUNIT_TEST(thicker_adds_ink_and_thinner_takes_it);
    CPPUNIT_TEST(strokes_are_varied_in_their_share_of_the_pictures);
    CPPUNIT_TEST(a_blur_keeps_full_ink_at_full_ink);
    CPPUNIT_TEST(displacements_have_the_asked_size_and_smoothness);
    CPPUNIT_TEST(pictures_are_left_as_they_are_in_their_share);
    CPPUNIT_TEST(cubics_keep_edges_sharp);
    CPPUNIT_TEST(levels_are_kept_as_by_sorting);
    CPPUNIT_TEST(a_turned_picture_has_the_levels_it_had);
    CPPUNIT_TEST(what_is_varied_in_its_strokes_or_widened_gets_levels_of_its_own);
    CPPUNIT_TEST(the_same_key_draws_the_same_distortion);
    CPPUNIT_TEST_SUITE_END();

    void the_vectorised_distortion_equals_the_plain_one() {
        test::on_every_vector_unit(check_distortions);
    }

    static void check_distortions() {
        for (float sigma : {1.0f, 2.5f, 6.0f, 4.0f}) {
            const Augmenter augmenter({.rotation = 30,
                                       .shear = 0.4f,
                                       .stretch = 0.4f,
                                       .shift = 6,
                                       .elastic = 4,
                                       .elastic_sigma = sigma,
                                       .thinner = 1.6f,
                                       .thicker = 2.5f,
                                       .blur = 2,
                                       .contrast = 0.5f,
                                       .sharp = 0.5f,
                                       .untouched = 0.1f,
                                       .refit = sigma > 2,
                                       .square = sigma > 5 ? 1.0f : 0.0f});
            int cubic = 0, varied = 0;
            for (std::uint64_t i = 0; i < 60; ++i) {
                Random random(1, Stream::kAugment, {i});
                DisplacementNoise noise;
                const Distortion distortion = augmenter.draw(random, noise);
                const Floats fast = apply(augmenter, distortion, noise);
                Floats plain;
                augmenter.apply_plain(nine(), distortion, noise, plain.data());
                for (std::size_t p = 0; p < 784; ++p)
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(plain[p], fast[p], 1e-4f);
                cubic += distortion.cubic;
                varied += distortion.stroke != 0 && distortion.blur > 0;
            }
            CPPUNIT_ASSERT(cubic > 0 && cubic < 60 && varied > 0);
        }
    }

    void a_refitted_picture_has_size_and_centre_of_the_source() {
        const Augmenter augmenter({.rotation = 15,
                                   .shear = 0.2f,
                                   .stretch = 0.15f,
                                   .elastic = 1,
                                   .elastic_sigma = 4,
                                   .thinner = 0.5f,
                                   .thicker = 1.5f,
                                   .refit = true});
        const auto middle = [](const Floats& pixels) {
            double mass = 0, x_mass = 0, y_mass = 0;
            for (std::size_t p = 0; p < 784; ++p) {
                mass += static_cast<double>(pixels[p]);
                x_mass += static_cast<double>(pixels[p]) * static_cast<double>(p % 28);
                y_mass += static_cast<double>(pixels[p]) * static_cast<double>(p / 28);
            }
            return std::pair(x_mass / mass, y_mass / mass);
        };
        const auto height = [](const Floats& pixels) {
            std::size_t first = 784, last = 0;
            for (std::size_t p = 0; p < 784; ++p)
                if (pixels[p] > 0.3f) first = std::min(first, p), last = p;
            return static_cast<double>(last / 28 - first / 28);
        };
        const Floats source = apply(Augmenter({}), {});
        for (std::uint64_t i = 0; i < 50; ++i) {
            Random random(1, Stream::kAugment, {i});
            DisplacementNoise noise;
            const Distortion distortion = augmenter.draw(random, noise);
            const Floats out = apply(augmenter, distortion, noise);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(middle(source).first, middle(out).first, 0.7);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(middle(source).second, middle(out).second, 0.7);
            CPPUNIT_ASSERT(height(out) <= height(source) + 2);
        }
    }

    void a_narrow_digit_is_stretched_to_a_square() {
        // A slanted 1, 20 pixels high and 8 wide.
        Picture28 one{};
        for (std::size_t y = 4; y < 24; ++y)
            for (std::size_t x = 0; x < 3; ++x) one[y * 28 + x + 15 - (y - 4) / 4] = 255;
        const auto bounds = [&](float square) {
            Distortion distortion;
            distortion.refit = true;
            distortion.square = square;
            Floats out;
            Augmenter({}).apply(one, distortion, {}, out.data());
            std::size_t left = 28, right = 0, top = 28, bottom = 0;
            for (std::size_t p = 0; p < 784; ++p)
                if (out[p] > 0.5f) {
                    left = std::min(left, p % 28), right = std::max(right, p % 28 + 1);
                    top = std::min(top, p / 28), bottom = std::max(bottom, p / 28 + 1);
                }
            return std::pair(static_cast<double>(right - left), static_cast<double>(bottom - top));
        };
        CPPUNIT_ASSERT_DOUBLES_EQUAL(8.0, bounds(0).first, 1.0);
        // Stretching blurs its sides, whose outermost traces count as ink.
        CPPUNIT_ASSERT_DOUBLES_EQUAL(19.0, bounds(1).first, 1.0);
        CPPUNIT_ASSERT(bounds(0.5f).first > 10 && bounds(0.5f).first < 16);
        for (float square : {0.0f, 0.5f, 1.0f})
            CPPUNIT_ASSERT_DOUBLES_EQUAL(19.0, bounds(square).second, 1.0);
    }

    void no_distortion_changes_nothing() {
        const Floats out = apply(Augmenter({}), {});
        const Picture28 in = nine();
        for (std::size_t p = 0; p < 784; ++p)
            CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<float>(in[p]) / 255, out[p], 1e-6f);
    }

    void a_shift_moves_the_picture() {
        Distortion distortion;
        distortion.x0 = 3;
        distortion.y0 = -2;
        const Floats out = apply(Augmenter({}), distortion);
        const Picture28 in = nine();
        for (std::size_t y = 2; y < 28; ++y)
            for (std::size_t x = 0; x < 25; ++x)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<float>(in[(y - 2) * 28 + x + 3]) / 255,
                                             out[y * 28 + x], 1e-5f);
    }

    void a_quarter_turn_turns_the_picture() {
        Distortion distortion;
        distortion.xx = 0;
        distortion.xy = -1;
        distortion.yx = 1;
        distortion.yy = 0;
        const Floats out = apply(Augmenter({}), distortion);
        const Picture28 in = nine();
        for (std::size_t y = 0; y < 28; ++y)
            for (std::size_t x = 0; x < 28; ++x)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<float>(in[x * 28 + (27 - y)]) / 255,
                                             out[y * 28 + x], 1e-5f);
    }

    void thicker_adds_ink_and_thinner_takes_it() {
        const Augmenter augmenter({});
        double last = 0;
        for (float stroke : {-0.8f, -0.4f, 0.0f, 0.5f, 1.0f, 1.7f}) {
            Distortion distortion;
            distortion.stroke = stroke;
            const double ink = sum(apply(augmenter, distortion));
            CPPUNIT_ASSERT(ink > last);
            last = ink;
        }
    }

    void a_blur_keeps_full_ink_at_full_ink() {
        Distortion distortion;
        distortion.blur = 1;
        const Floats out = apply(Augmenter({}), distortion);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0f, *std::max_element(out.begin(), out.end()), 1e-5f);
    }

    void strokes_are_varied_in_their_share_of_the_pictures() {
        AugmentSettings settings = AugmentSettings::usual();
        settings.untouched = 0;
        for (const float share : {0.0f, 0.2f, 1.0f}) {
            settings.stroke_share = share;
            const Augmenter augmenter(settings);
            int varied = 0;
            for_draws(augmenter, 4000, [&](const Distortion& d, const DisplacementNoise&) {
                const bool stroke = d.stroke != 0;
                CPPUNIT_ASSERT_EQUAL(stroke, d.blur > 0);
                CPPUNIT_ASSERT_EQUAL(stroke, d.gain != 1);
                CPPUNIT_ASSERT(d.elastic > 0);
                varied += stroke;
            });
            CPPUNIT_ASSERT_DOUBLES_EQUAL(4000.0 * static_cast<double>(share), varied, 100);
        }
    }

    void pictures_are_left_as_they_are_in_their_share() {
        AugmentSettings settings = AugmentSettings::usual();
        settings.untouched = 0.25f;
        const Augmenter augmenter(settings);
        Floats source;
        for (std::size_t p = 0; p < 784; ++p) source[p] = static_cast<float>(nine()[p]) / 255;
        int untouched = 0;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            Random random(1, Stream::kAugment, {i});
            DisplacementNoise noise;
            const Floats out = apply(augmenter, augmenter.draw(random, noise), noise);
            untouched += std::equal(out.begin(), out.end(), source.begin(),
                                    [](float a, float b) { return std::abs(a - b) < 1e-6f; });
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(250.0, untouched, 50);
    }

    // Moved by a quarter of a pixel, an edge of one pixel stays steeper than by linear
    // interpolation, and no ink is darker or lighter than there is.
    void cubics_keep_edges_sharp() {
        std::array<std::uint8_t, 784> edge{};
        for (std::size_t p = 0; p < 784; ++p) edge[p] = p % 28 >= 14 ? 255 : 0;
        const auto moved = [&](bool cubic) {
            Distortion distortion;
            distortion.x0 = 0.25f;
            distortion.cubic = cubic;
            Floats out;
            Augmenter({}).apply(edge, distortion, {}, out.data());
            for (const float ink : out) CPPUNIT_ASSERT(ink >= 0 && ink <= 1);
            return std::pair(out[14 * 28 + 13], out[14 * 28 + 14]);
        };
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.25f, moved(false).first, 1e-6f);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.203125f, moved(true).first, 1e-6f);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0f, moved(true).second, 1e-6f);
    }

    void levels_are_kept_as_by_sorting() {
        for (std::uint64_t i = 0; i < 40; ++i) {
            Random random(7, Stream::kAugment, {i});
            const float blank = random.uniform();  // part of both pictures
            Picture28 picture;
            Floats fast;
            for (std::size_t p = 0; p < 784; ++p) {
                const float level = random.uniform() < blank ? 0 : random.uniform(0, 255.9f);
                picture[p] = static_cast<std::uint8_t>(level);
                fast[p] = random.uniform() < blank ? 0 : random.uniform();
                if (i % 2 == 1) fast[p] = std::round(fast[p] * 8) / 8;  // many are alike
            }
            Floats plain = fast;
            keep_levels(picture.data(), fast.data());
            keep_levels_plain(picture.data(), plain.data());
            for (std::size_t p = 0; p < 784; ++p)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(plain[p], fast[p], 1e-6f);
        }
    }

    void a_turned_picture_has_the_levels_it_had() {
        const Augmenter augmenter({.rotation = 15, .elastic = 1, .keep_levels = true});
        Picture28 given = nine();
        std::sort(given.begin(), given.end());
        const double ink = sum(apply(augmenter, {}));
        for_draws(augmenter, 20, [&](const Distortion& d, const DisplacementNoise& noise) {
            CPPUNIT_ASSERT(d.keep_levels);
            Floats out = apply(augmenter, d, noise);
            CPPUNIT_ASSERT(out != apply(augmenter, {}));
            std::sort(out.begin(), out.end());
            // Of pixels that are alike each has their mean.
            for (std::size_t p = 0; p < 784; ++p)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(given[p] / 255.0, static_cast<double>(out[p]), 0.1);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(ink, sum(out), 0.01 * ink);
        });
    }

    void what_is_varied_in_its_strokes_or_widened_gets_levels_of_its_own() {
        AugmentSettings settings = AugmentSettings::usual();
        settings.stroke_share = settings.square = 0.5f;
        settings.keep_levels = true;
        const Augmenter augmenter(settings);
        int kept = 0;
        for_draws(augmenter, 4000, [&](const Distortion& d, const DisplacementNoise&) {
            kept += d.keep_levels;
            const bool strokes = d.stroke != 0 || d.blur != 0 || d.gain != 1;
            if (strokes || d.square != 0 || d.elastic == 0) CPPUNIT_ASSERT(!d.keep_levels);
        });
        CPPUNIT_ASSERT_DOUBLES_EQUAL(4000 * 0.85 * 0.5 * 0.5, kept, 150);
    }

    // A ramp shows the displacement of every pixel as its brightness.
    void displacements_have_the_asked_size_and_smoothness() {
        AugmentSettings settings;
        settings.elastic = 1;
        settings.elastic_sigma = 4;
        const Augmenter augmenter(settings);
        Picture28 ramp;
        for (std::size_t p = 0; p < 784; ++p) ramp[p] = static_cast<std::uint8_t>(9 * (p % 28));
        double squares = 0, steps = 0;
        int count = 0;
        for (std::uint64_t i = 0; i < 2000; ++i) {
            Random random(1, Stream::kAugment, {i});
            DisplacementNoise noise;
            (void)augmenter.draw(random, noise);
            Distortion distortion;
            distortion.elastic = 1;
            Floats out;
            augmenter.apply(ramp, distortion, noise, out.data());
            const auto moved = [&out](int x) {
                return static_cast<double>(out[static_cast<std::size_t>(14 * 28 + x)]) * 255 / 9 -
                       x;
            };
            squares += moved(14) * moved(14);
            steps += std::pow(moved(15) - moved(14), 2);
            ++count;
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0, std::sqrt(squares / count), 0.06);
        // E (f(x + 1) - f(x))² = 2 (1 - exp(-1 / 4σ²)) for that covariance.
        const double expected = std::sqrt(2 * (1 - std::exp(-1.0 / 64)));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(expected, std::sqrt(steps / count), 0.15 * expected);
    }

    void the_same_key_draws_the_same_distortion() {
        AugmentSettings settings = AugmentSettings::usual();
        settings.stroke_share = 0.5f;
        const Augmenter augmenter(settings);
        Floats first;
        for (int round = 0; round < 2; ++round) {
            Random random(3, Stream::kAugment, {4, 5});
            DisplacementNoise noise;
            const Distortion distortion = augmenter.draw(random, noise);
            const Floats out = apply(augmenter, distortion, noise);
            if (round == 0) first = out;
            CPPUNIT_ASSERT(first == out);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AugmentTest);

}  // namespace
}  // namespace digit
