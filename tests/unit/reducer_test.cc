// SPDX-License-Identifier: Apache-2.0
#include "libdigit/reducer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "libdigit/decode.h"
#include "libdigit/decode_job.h"

namespace digit::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

ReducerShape make_shape(std::uint32_t width, std::uint32_t height, std::uint32_t factor,
                        int channels, bool alpha, RowOrder order) {
    ReducerShape shape;
    shape.width = width;
    shape.height = height;
    shape.factor = factor;
    shape.channels = channels;
    shape.alpha = alpha;
    shape.order = order;
    return shape;
}

// Dark on the whole, so that the background is not a matter of rounding.
Bytes random_pixels(const ReducerShape& shape, unsigned seed) {
    std::mt19937 random(seed);
    Bytes pixels(std::size_t{shape.width} * shape.height *
                 static_cast<std::size_t>(shape.samples()));
    for (auto& sample : pixels) sample = static_cast<std::uint8_t>(random() % 200);
    return pixels;
}

Bytes reduced(const ReducerShape& shape, const Bytes& pixels) {
    Reducer reducer(shape);
    const std::size_t row = std::size_t{shape.width} * static_cast<std::size_t>(shape.samples());
    if (shape.order == RowOrder::kDownwards)
        for (std::size_t y = 0; y < shape.height; ++y) reducer.add_row(pixels.data() + y * row);
    else  // columns left over by steps of 3, rows from below
        for (std::size_t y = shape.height; y-- > 0;)
            for (std::uint32_t x = 0; x < 3; ++x) {
                Bytes part;
                for (std::uint32_t i = x; i < shape.width; i += 3)
                    for (int s = 0; s < shape.samples(); ++s)
                        part.push_back(
                            pixels[y * row + i * static_cast<std::size_t>(shape.samples()) +
                                   static_cast<std::size_t>(s)]);
                const auto count = static_cast<std::uint32_t>(
                    part.size() / static_cast<std::size_t>(shape.samples()));
                reducer.add_pixels(x, static_cast<std::uint32_t>(y), 3, count, part.data());
            }
    return reducer.finish();
}

// The contract in floating point: means of cells in premultiplied alpha, over the background.
std::vector<double> reduced_plainly(const ReducerShape& shape, const Bytes& pixels) {
    const auto samples = static_cast<std::size_t>(shape.samples());
    const auto channels = static_cast<std::size_t>(shape.channels);
    std::vector<double> colours;
    std::vector<double> alphas;
    double light = 0;
    for (std::size_t y = 0; y < shape.height; y += shape.factor)
        for (std::size_t x = 0; x < shape.width; x += shape.factor) {
            double sums[4] = {};
            double count = 0;
            for (std::size_t v = y; v < std::min<std::size_t>(y + shape.factor, shape.height); ++v)
                for (std::size_t u = x; u < std::min<std::size_t>(x + shape.factor, shape.width);
                     ++u, ++count) {
                    const std::uint8_t* pixel = pixels.data() + (v * shape.width + u) * samples;
                    const double alpha = shape.alpha ? pixel[channels] / 255.0 : 1;
                    for (std::size_t c = 0; c < channels; ++c) sums[c] += pixel[c] * alpha;
                    sums[3] += alpha;
                }
            for (std::size_t c = 0; c < channels; ++c) colours.push_back(sums[c] / count);
            alphas.push_back(sums[3] / count);
            light += channels == 1 ? sums[0] / count
                                   : (0.299 * sums[0] + 0.587 * sums[1] + 0.114 * sums[2]) / count;
        }
    const double opaque = std::accumulate(alphas.begin(), alphas.end(), 0.0);
    const double background = opaque == 0 || light / opaque < 127.5 ? 255 : 0;
    for (std::size_t i = 0; i < colours.size(); ++i)
        colours[i] += (1 - alphas[i / channels]) * background;
    return colours;
}

}  // namespace

class ReducerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReducerTest);
    CPPUNIT_TEST(every_shape_agrees_with_plain_averages);
    CPPUNIT_TEST(opaque_pixels_pass_a_factor_of_one_unchanged);
    CPPUNIT_TEST(the_background_is_far_from_the_opaque_pixels);
    CPPUNIT_TEST(pixels_never_given_are_transparent);
    CPPUNIT_TEST(the_largest_sums_do_not_overflow);
    CPPUNIT_TEST(the_factor_keeps_the_working_edge_and_bounds_the_pixels);
    CPPUNIT_TEST_SUITE_END();

    void every_shape_agrees_with_plain_averages() {
        unsigned seed = 0;
        for (std::uint32_t factor : {1u, 2u, 3u, 7u, 16u, 40u})
            for (int channels : {1, 3})
                for (bool alpha : {false, true})
                    for (RowOrder order : {RowOrder::kDownwards, RowOrder::kAny}) {
                        const ReducerShape shape =
                            make_shape(37, 29, factor, channels, alpha, order);
                        const Bytes pixels = random_pixels(shape, ++seed);
                        const Bytes got = reduced(shape, pixels);
                        const std::vector<double> expected = reduced_plainly(shape, pixels);
                        CPPUNIT_ASSERT_EQUAL(expected.size(), got.size());
                        // Rounded once, with alpha twice.
                        const double tolerance = alpha ? 1.01 : 0.51;
                        for (std::size_t i = 0; i < got.size(); ++i)
                            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected[i], got[i], tolerance);
                    }
    }

    void opaque_pixels_pass_a_factor_of_one_unchanged() {
        const ReducerShape opaque = make_shape(31, 17, 1, 3, false, RowOrder::kDownwards);
        const Bytes pixels = random_pixels(opaque, 4);
        CPPUNIT_ASSERT(reduced(opaque, pixels) == pixels);
        const ReducerShape with_alpha = make_shape(31, 17, 1, 3, true, RowOrder::kDownwards);
        Bytes four;
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            four.push_back(pixels[i]);
            if (i % 3 == 2) four.push_back(255);
        }
        CPPUNIT_ASSERT(reduced(with_alpha, four) == pixels);
    }

    void the_background_is_far_from_the_opaque_pixels() {
        const ReducerShape shape = make_shape(2, 1, 1, 1, true, RowOrder::kDownwards);
        CPPUNIT_ASSERT(reduced(shape, {10, 255, 99, 0}) == (Bytes{10, 255}));
        CPPUNIT_ASSERT(reduced(shape, {240, 255, 99, 0}) == (Bytes{240, 0}));
        CPPUNIT_ASSERT(reduced(shape, {240, 0, 99, 0}) == (Bytes{255, 255}));
        // The more opaque pixel decides.
        CPPUNIT_ASSERT(reduced(shape, {255, 20, 0, 230}) == (Bytes{255, 25}));
    }

    void pixels_never_given_are_transparent() {
        for (std::uint32_t factor : {1u, 2u}) {
            Reducer reducer(make_shape(4, 4, factor, 1, true, RowOrder::kAny));
            const Bytes two = {30, 255, 30, 255};
            reducer.add_pixels(0, 0, 1, 2, two.data());
            reducer.add_pixels(0, 1, 1, 2, two.data());
            const Bytes got = reducer.finish();
            CPPUNIT_ASSERT_EQUAL(30, int(got.front()));
            CPPUNIT_ASSERT_EQUAL(255, int(got.back()));
        }
    }

    void the_largest_sums_do_not_overflow() {
        for (RowOrder order : {RowOrder::kDownwards, RowOrder::kAny}) {
            const ReducerShape shape = make_shape(256, 256, 256, 3, true, order);
            const Bytes white(256 * 256 * 4, 255);
            CPPUNIT_ASSERT(reduced(shape, white) == (Bytes{255, 255, 255}));
        }
    }

    void the_factor_keeps_the_working_edge_and_bounds_the_pixels() {
        CPPUNIT_ASSERT_EQUAL(1u, reduction_factor(28, 28));
        CPPUNIT_ASSERT_EQUAL(1u, reduction_factor(2 * kWorkingEdge - 1, 700));
        CPPUNIT_ASSERT_EQUAL(2u, reduction_factor(2 * kWorkingEdge, 700));
        CPPUNIT_ASSERT_EQUAL(2u, reduction_factor(700, 2 * kWorkingEdge));
        CPPUNIT_ASSERT_EQUAL(4u, reduction_factor(5 * kWorkingEdge - 1, 5 * kWorkingEdge - 1));
        for (std::uint32_t edge = 10; edge < 1000; edge += 7) {
            const std::uint32_t factor = reduction_factor(16384, edge);
            const ReducerShape shape =
                make_shape(16384, edge, factor, 1, false, RowOrder::kDownwards);
            CPPUNIT_ASSERT(shape.reduced_width() * shape.reduced_height() <= kWorkingPixels);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReducerTest);

}  // namespace digit::test
