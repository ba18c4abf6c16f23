// SPDX-License-Identifier: Apache-2.0
#include "libdigit/quadratic_surface.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>

#include "tests/unit/drawing.h"
#include "tests/unit/likeness.h"

namespace digit::test {
namespace {

constexpr int kColumns = 16;
constexpr int kRows = 12;

template <class Value>
ScratchVector<float> grid_of(const Value& value) {
    ScratchVector<float> values;
    for (int r = 0; r < kRows; ++r)
        for (int c = 0; c < kColumns; ++c) values.push_back(static_cast<float>(value(c, r)));
    return values;
}

double falling_off(int c, int r) { return 210 - 4 * c - 0.5 * r * r + 0.2 * c * r; }

class QuadraticSurfaceTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(QuadraticSurfaceTest);
    CPPUNIT_TEST(ink_of_either_kind_does_not_bend_it);
    CPPUNIT_TEST(ink_at_a_border_does_not_bend_it);
    CPPUNIT_TEST(levels_that_are_no_surface_have_none);
    CPPUNIT_TEST(grids_too_small_for_one_have_none);
    CPPUNIT_TEST(broad_strokes_in_shadow_stay_whole);
    CPPUNIT_TEST_SUITE_END();

    template <class IsInk>
    void assert_found(double ink, const IsInk& is_ink) {
        const auto values = grid_of([&](int c, int r) {
            return (is_ink(c, r) ? ink : falling_off(c, r)) + ((c * 7 + r * 5) % 3 - 1);
        });
        const auto surface = quadratic_surface(values, kColumns, kRows);
        CPPUNIT_ASSERT_EQUAL(values.size(), surface.size());
        for (int r = 0; r < kRows; ++r)
            for (int c = 0; c < kColumns; ++c)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(
                    falling_off(c, r),
                    static_cast<double>(surface[static_cast<std::size_t>(r * kColumns + c)]), 3);
    }

    void ink_of_either_kind_does_not_bend_it() {
        for (const double ink : {20.0, 250.0})
            assert_found(ink, [](int c, int r) { return c >= 3 && c < 12 && r >= 2 && r < 10; });
    }

    void ink_at_a_border_does_not_bend_it() {
        assert_found(30, [](int c, int r) { return c < 5 && r < 9; });
    }

    void levels_that_are_no_surface_have_none() {
        CPPUNIT_ASSERT(
            quadratic_surface(grid_of([](int c, int r) { return (c * 97 + r * 61) % 251; }),
                              kColumns, kRows)
                .empty());
        CPPUNIT_ASSERT(quadratic_surface(grid_of([](int c, int r) { return (c + r) % 3 * 100; }),
                                         kColumns, kRows)
                           .empty());
    }

    void grids_too_small_for_one_have_none() {
        CPPUNIT_ASSERT(quadratic_surface({}, 0, 0).empty());
        CPPUNIT_ASSERT(quadratic_surface({200}, 1, 1).empty());
        CPPUNIT_ASSERT(quadratic_surface({200, 190, 180, 170}, 2, 2).empty());
        CPPUNIT_ASSERT(quadratic_surface({200, 190, 180, 170, 160}, 5, 1).empty());
    }

    void broad_strokes_in_shadow_stay_whole() {
        Canvas canvas;
        canvas.width = canvas.height = 220;
        canvas.x = 55;
        canvas.y = 35;
        canvas.size = 150;
        canvas.pen = 38;
        canvas.paper = {230, 230, 230};
        canvas.ink = {55, 55, 55};
        for (const int digit : {1, 2, 4, 6, 7}) {
            const Picture even = draw(digit, canvas);
            Picture lamp = even;
            repaint(lamp,
                    [](double, double y, double level) { return level * (1 - 0.6 * y / 220); });
            Picture lens = even;
            repaint(lens, [](double x, double y, double level) {
                return level *
                       (1 - 0.5 * (std::pow(x / 110 - 1, 2) + std::pow(y / 110 - 1, 2)) / 2);
            });
            for (Picture* picture : {&lamp, &lens}) {
                add_noise(*picture, 2);
                const double found = likeness(*picture, even);
                CPPUNIT_ASSERT_MESSAGE(
                    std::to_string(digit) + ": likeness " + std::to_string(found), found >= 0.95);
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(QuadraticSurfaceTest);

}  // namespace
}  // namespace digit::test
