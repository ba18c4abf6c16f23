// SPDX-License-Identifier: Apache-2.0
// Shapes, strokes and what is done to ink.
#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <numeric>

#include "trainer/draw_plane.h"
#include "trainer/draw_raster.h"
#include "trainer/draw_strokes.h"

namespace digit {
namespace {

float sum_of(const InkField& field) {
    return std::accumulate(field.ink.begin(), field.ink.end(), 0.0f);
}

Shape square(float left, float top, float edge) {
    Shape shape;
    shape.points = {{left, top}, {left + edge, top}, {left + edge, top + edge}, {left, top + edge}};
    shape.close();
    return shape;
}

InkField fill(const Shape& shape, Point grow = {}) {
    const auto rasteriser = Rasteriser::make();
    CPPUNIT_ASSERT(rasteriser.ok());
    return rasteriser->fill(shape, 20, 20, grow);
}

}  // namespace

class DrawPlaneTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DrawPlaneTest);
    CPPUNIT_TEST(pixels_hold_the_share_that_a_shape_covers);
    CPPUNIT_TEST(overlapping_polygons_are_one_figure);
    CPPUNIT_TEST(growing_moves_the_outline_to_every_side);
    CPPUNIT_TEST(ink_outside_of_the_picture_is_cut_off);
    CPPUNIT_TEST(blur_keeps_the_ink_and_has_the_deviation_it_was_told);
    CPPUNIT_TEST(resampling_keeps_the_mean_both_ways);
    CPPUNIT_TEST(noise_has_the_deviation_it_was_told);
    CPPUNIT_TEST(a_spline_passes_through_its_knots_and_turns_at_corners_only);
    CPPUNIT_TEST(a_stroke_is_as_wide_as_its_nib);
    CPPUNIT_TEST_SUITE_END();

  public:
    void pixels_hold_the_share_that_a_shape_covers() {
        const InkField field = fill(square(4.5f, 6, 5));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(25, sum_of(field), 0.1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.5, field.row(7)[4], 0.01);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1, field.row(10)[5], 0.01);
        CPPUNIT_ASSERT_EQUAL(0.0f, field.row(5)[6]);
        CPPUNIT_ASSERT_EQUAL(0.0f, field.row(11)[6]);
    }

    void overlapping_polygons_are_one_figure() {
        Shape both = square(4, 4, 6);
        const Shape other = square(7, 7, 6);
        both.points.insert(both.points.end(), other.points.begin(), other.points.end());
        both.close();
        CPPUNIT_ASSERT_DOUBLES_EQUAL(36 + 36 - 9, sum_of(fill(both)), 0.1);
    }

    void growing_moves_the_outline_to_every_side() {
        const InkField field = fill(square(6, 6, 6), {1, 1});
        CPPUNIT_ASSERT_DOUBLES_EQUAL(64, sum_of(field), 1.0);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1, field.row(5)[8], 0.02);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1, field.row(12)[8], 0.02);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(48, sum_of(fill(square(6, 6, 6), {1, 0})), 1.0);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(16, sum_of(fill(square(6, 6, 6), {-1, -1})), 1.0);
    }

    void ink_outside_of_the_picture_is_cut_off() {
        CPPUNIT_ASSERT_DOUBLES_EQUAL(9, sum_of(fill(square(-3, -3, 6))), 0.1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(400, sum_of(fill(square(-3000, -3000, 6000))), 0.5);
    }

    void blur_keeps_the_ink_and_has_the_deviation_it_was_told() {
        for (const float sigma : {0.5f, 1.0f, 2.7f}) {
            InkField field(41, 41);
            field.row(20)[20] = 1;
            blur(field, sigma);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(1, sum_of(field), 1e-3);
            float x_variance = 0;
            float y_variance = 0;
            for (int y = 0; y < 41; ++y)
                for (int x = 0; x < 41; ++x) {
                    const auto dx = static_cast<float>(x - 20);
                    const auto dy = static_cast<float>(y - 20);
                    x_variance += dx * dx * field.row(y)[x];
                    y_variance += dy * dy * field.row(y)[x];
                }
            CPPUNIT_ASSERT_DOUBLES_EQUAL(sigma, std::sqrt(x_variance), 0.1 * sigma);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(sigma, std::sqrt(y_variance), 0.1 * sigma);
        }
    }

    void resampling_keeps_the_mean_both_ways() {
        const InkField field = fill(square(5, 4, 9));
        const float mean = sum_of(field) / 400;
        const InkField small = resample(field, 7, 9);
        CPPUNIT_ASSERT_EQUAL(7, small.width);
        CPPUNIT_ASSERT_EQUAL(9, small.height);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(mean, sum_of(small) / 63, 1e-3);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(mean, sum_of(resample(field, 50, 33)) / (50 * 33), 0.01);
    }

    void noise_has_the_deviation_it_was_told() {
        InkField field(100, 100);
        Random random(1, Stream::kDrawn);
        add_noise(field, 0.2f, random);
        float squares = 0;
        for (const float value : field.ink) squares += value * value;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.2, std::sqrt(squares / 10000), 0.01);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0, sum_of(field) / 10000, 0.01);
    }

    void a_spline_passes_through_its_knots_and_turns_at_corners_only() {
        const std::vector<StrokeKnot> knots = {
            {{0, 0}}, {{1, 0}}, {{1, 1}, true}, {{2, 1}}, {{3, 2}}};
        const auto path = spline(knots, 20);
        CPPUNIT_ASSERT_EQUAL(std::size_t{81}, path.size());
        for (std::size_t i = 0; i < knots.size(); ++i) {
            CPPUNIT_ASSERT_DOUBLES_EQUAL(knots[i].at.x, path[20 * i].x, 1e-5);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(knots[i].at.y, path[20 * i].y, 1e-5);
        }
        const auto turn = [&](std::size_t i) {
            const float before = std::atan2(path[i].y - path[i - 1].y, path[i].x - path[i - 1].x);
            const float after = std::atan2(path[i + 1].y - path[i].y, path[i + 1].x - path[i].x);
            return std::fabs(after - before);
        };
        CPPUNIT_ASSERT(turn(20) < 0.3f);
        CPPUNIT_ASSERT(turn(60) < 0.3f);
        CPPUNIT_ASSERT(turn(40) > 1.0f);
    }

    void a_stroke_is_as_wide_as_its_nib() {
        Shape shape;
        add_stroke({{5, 10}, {10, 10}, {15, 10}}, {4, 4, 4}, round_nib(16), shape);
        const InkField field = fill(shape);
        float across = 0;
        for (int y = 0; y < 20; ++y) across += field.row(y)[12];
        CPPUNIT_ASSERT_DOUBLES_EQUAL(4, across, 0.2);
        const Bounds bounds = bounds_of(shape.points);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(3, bounds.left, 0.1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(17, bounds.right, 0.1);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrawPlaneTest);

}  // namespace digit
