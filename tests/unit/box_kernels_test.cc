// SPDX-License-Identifier: Apache-2.0
// Each loop beside the same, pixel by pixel, on every vector unit of this CPU.
#include "libdigit/box_kernels.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/vector_units.h"

namespace digit::test {
namespace {

using Random = std::mt19937;

int between(Random& random, int least, int most) {
    return least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
}

// Mostly blank, as digits are.
std::vector<std::uint8_t> random_ink(Random& random, std::size_t count) {
    std::vector<std::uint8_t> ink(count);
    for (std::uint8_t& level : ink)
        level = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    return ink;
}

FloatPlane random_plane(Random& random, int most_wide, int most_high) {
    FloatPlane plane(between(random, 1, most_wide), between(random, 1, most_high));
    fill_plane(random_ink(random, static_cast<std::size_t>(plane.width * plane.height)), plane);
    return plane;
}

// Every output reads `taps` inputs, anywhere.
Cover random_cover(Random& random, int from, int to) {
    Cover cover;
    cover.taps = static_cast<std::size_t>(between(random, 1, std::min(from, 4)));
    for (int o = 0; o < to; ++o) {
        cover.first.push_back(between(random, 0, from - static_cast<int>(cover.taps)));
        for (std::size_t i = 0; i < cover.taps; ++i)
            cover.weight.push_back(static_cast<float>(random() % 1000) / 1000);
    }
    return cover;
}

// Pixels as they are, and zeros where zeros have to be.
void assert_plane(const std::string& where, const FloatPlane& plane,
                  const std::function<float(int, int)>& expected) {
    for (int y = 0; y < plane.height; ++y)
        for (int x = 0; x < static_cast<int>(plane.stride); ++x)
            if (plane.row(y)[x] != (x < plane.width ? expected(x, y) : 0.0f))
                CPPUNIT_FAIL(where + ": pixel " + std::to_string(x) + ", " + std::to_string(y) +
                             " of " + std::to_string(plane.width) + "×" +
                             std::to_string(plane.height));
    for (std::size_t x = 0; x < plane.stride; ++x)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, 0.0f, plane.row(plane.height)[x]);
}

class BoxKernelsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BoxKernelsTest);
    CPPUNIT_TEST(ink_becomes_parts_of_one);
    CPPUNIT_TEST(strokes_are_measured);
    CPPUNIT_TEST(ink_is_raised);
    CPPUNIT_TEST(a_box_is_resampled);
    CPPUNIT_TEST(moments_are_those_of_all_pixels);
    CPPUNIT_TEST(a_box_is_put_in_its_picture);
    CPPUNIT_TEST_SUITE_END();

    static void on_many(const std::function<void(Random&)>& check) {
        on_every_vector_unit([&] {
            Random random(1);
            for (int i = 0; i < 200; ++i) check(random);
        });
    }

    void ink_becomes_parts_of_one() {
        on_many([](Random& random) {
            FloatPlane plane(between(random, 1, 90), between(random, 1, 40));
            const auto ink =
                random_ink(random, static_cast<std::size_t>(plane.width * plane.height));
            fill_plane(ink, plane);
            assert_plane("filled", plane, [&](int x, int y) {
                return static_cast<float>(ink[static_cast<std::size_t>(y * plane.width + x)]) / 255;
            });
        });
    }

    void strokes_are_measured() {
        on_many([](Random& random) {
            const FloatPlane plane = random_plane(random, 90, 40);
            double area = 0, outline = 0;
            for (int y = 0; y < plane.height; ++y)
                for (int x = 0; x < plane.width; ++x) {
                    const float ink = plane.row(y)[x];
                    const float right = x + 1 < plane.width ? plane.row(y)[x + 1] : 0.0f;
                    const float below = y + 1 < plane.height ? plane.row(y + 1)[x] : 0.0f;
                    const auto across = static_cast<double>(ink - right);
                    const auto down = static_cast<double>(ink - below);
                    area += static_cast<double>(ink);
                    outline += static_cast<double>(
                        static_cast<float>(std::sqrt(across * across + down * down)));
                    if (x == 0) outline += static_cast<double>(ink);
                    if (y == 0) outline += static_cast<double>(ink);
                }
            CPPUNIT_ASSERT_EQUAL(outline > 0 ? static_cast<float>(2 * area / outline) : 0.0f,
                                 stroke_width(plane));
        });
    }

    void ink_is_raised() {
        on_many([](Random& random) {
            const FloatPlane ink = random_plane(random, 60, 30);
            FloatPlane plane(ink.width + 6, ink.height + 6);
            FloatPlane expected = plane;
            for (int i = 0; i < 3; ++i) {
                const float strength = static_cast<float>(random() % 1000) / 1000;
                const int left = between(random, 0, 6);
                const int top = between(random, 0, 6);
                raise(ink, strength, left, top, plane);
                for (int y = 0; y < ink.height; ++y)
                    for (int x = 0; x < ink.width; ++x) {
                        float& to = expected.row(top + y)[left + x];
                        to = std::max(to, strength * ink.row(y)[x]);
                    }
            }
            assert_plane("raised", plane, [&](int x, int y) { return expected.row(y)[x]; });
        });
    }

    void a_box_is_resampled() {
        on_many([](Random& random) {
            const FloatPlane from = random_plane(random, 80, 80);
            FloatPlane box(between(random, 1, 20), between(random, 1, 20));
            const Cover columns = random_cover(random, from.width, box.width);
            const Cover rows = random_cover(random, from.height, box.height);
            resample_to_box(from, columns, rows, box);
            const auto across = [&](int x, int y) {
                float sum = 0;
                const auto at = static_cast<std::size_t>(x);
                for (std::size_t i = 0; i < columns.taps; ++i)
                    sum += columns.weight[at * columns.taps + i] *
                           from.row(y)[columns.first[at] + static_cast<int>(i)];
                return sum;
            };
            assert_plane("resampled", box, [&](int x, int y) {
                float sum = 0;
                const auto at = static_cast<std::size_t>(y);
                for (std::size_t i = 0; i < rows.taps; ++i)
                    sum += rows.weight[at * rows.taps + i] *
                           across(x, rows.first[at] + static_cast<int>(i));
                return sum;
            });
        });
    }

    void moments_are_those_of_all_pixels() {
        on_many([](Random& random) {
            const FloatPlane plane = random_plane(random, 20, 20);
            Moments expected;
            for (int y = 0; y < plane.height; ++y)
                for (int x = 0; x < plane.width; ++x) {
                    const float ink = plane.row(y)[x];
                    expected.mass += static_cast<double>(ink);
                    expected.x += static_cast<double>(ink) * (x + 0.5);
                    expected.y += static_cast<double>(ink) * (y + 0.5);
                    expected.peak = std::max(expected.peak, ink);
                }
            const Moments found = moments_of(plane);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected.mass, found.mass, 1e-9);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected.x, found.x, 1e-9);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected.y, found.y, 1e-9);
            CPPUNIT_ASSERT_EQUAL(expected.peak, found.peak);
        });
    }

    void a_box_is_put_in_its_picture() {
        on_many([](Random& random) {
            const FloatPlane plane = random_plane(random, 20, 20);
            const int left = between(random, 0, 28 - plane.width);
            const int top = between(random, 0, 28 - plane.height);
            const float gain = 200 + static_cast<float>(random() % 1000) / 7;
            std::array<std::uint8_t, kInputPixels> picture{};
            put_in_picture(plane, gain, left, top, picture);
            for (int y = 0; y < 28; ++y)
                for (int x = 0; x < 28; ++x) {
                    const bool inside =
                        x >= left && x < left + plane.width && y >= top && y < top + plane.height;
                    const int expected =
                        inside ? static_cast<int>(
                                     std::min(255.0f, plane.row(y - top)[x - left] * gain + 0.5f))
                               : 0;
                    CPPUNIT_ASSERT_EQUAL(expected,
                                         int{picture[static_cast<std::size_t>(y * 28 + x)]});
                }
        });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BoxKernelsTest);

}  // namespace
}  // namespace digit::test
