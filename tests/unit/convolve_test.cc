// SPDX-License-Identifier: Apache-2.0
#include "trainer/convolve.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <vector>

#include "tests/unit/vector_units.h"
#include "trainer/conv_ops.h"

namespace digit {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    Floats all(count);
    for (float& x : all) x = uniform(random);
    return all;
}

// Every number of columns that is worked on at once, parts of a patch's row, and pixels that do not
// come out even.
constexpr ConvolutionSize kSizes[] = {{28, 1, 32}, {14, 32, 48}, {7, 48, 64}, {7, 64, 128},
                                      {5, 16, 80}, {1, 16, 16},  {9, 7, 112}};

struct Case {
    ConvolutionSize size;
    Floats bordered, kernel, gradient;

    explicit Case(const ConvolutionSize& s) : size(s) {
        const auto pixels = static_cast<std::size_t>(s.edge * s.edge);
        const Floats picture = random_floats(pixels * static_cast<std::size_t>(s.inputs), 1);
        bordered.assign(bordered_floats(s.edge, s.inputs), 0.0f);
        put_into_border(picture.data(), s.edge, s.inputs, bordered.data());
        kernel = random_floats(static_cast<std::size_t>(s.patch() * s.outputs), 2);
        gradient = random_floats(pixels * static_cast<std::size_t>(s.outputs), 3);
    }

    // Pixel (x, y) of the input that entry k of a patch around (x, y) of the output lies on.
    double input(int x, int y, int k) const {
        const int shift = k / size.inputs;
        return static_cast<double>(bordered[static_cast<std::size_t>(
            ((y + shift / 3) * (size.edge + 2) + x + shift % 3) * size.inputs + k % size.inputs)]);
    }
};

class ConvolveTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConvolveTest);
    CPPUNIT_TEST(sums_are_those_of_plain_loops);
    CPPUNIT_TEST(gradients_are_those_of_plain_loops_and_added);
    CPPUNIT_TEST(transposing_twice_changes_nothing);
    CPPUNIT_TEST_SUITE_END();

    void sums_are_those_of_plain_loops() { test::on_every_vector_unit(check_sums); }
    void gradients_are_those_of_plain_loops_and_added() {
        test::on_every_vector_unit(check_gradients);
    }

    static void check_sums() {
        for (const ConvolutionSize& size : kSizes) {
            const Case c(size);
            Floats output(c.gradient.size(), 77.0f);
            convolve(c.bordered.data(), size, c.kernel.data(), output.data());
            std::size_t at = 0;
            for (int y = 0; y < size.edge; ++y)
                for (int x = 0; x < size.edge; ++x)
                    for (int o = 0; o < size.outputs; ++o) {
                        double sum = 0;
                        for (int k = 0; k < size.patch(); ++k)
                            sum += c.input(x, y, k) *
                                   static_cast<double>(
                                       c.kernel[static_cast<std::size_t>(k * size.outputs + o)]);
                        CPPUNIT_ASSERT_DOUBLES_EQUAL(sum, output[at++], 1e-4);
                    }
        }
    }

    static void check_gradients() {
        for (const ConvolutionSize& size : kSizes) {
            const Case c(size);
            Floats sums(c.kernel.size(), 3.0f);
            convolve_gradient(c.bordered.data(), size, c.gradient.data(), sums.data());
            std::size_t at = 0;
            for (int k = 0; k < size.patch(); ++k)
                for (int o = 0; o < size.outputs; ++o) {
                    double sum = 3;
                    for (int p = 0; p < size.edge * size.edge; ++p)
                        sum += c.input(p % size.edge, p / size.edge, k) *
                               static_cast<double>(
                                   c.gradient[static_cast<std::size_t>(p * size.outputs + o)]);
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(sum, sums[at++], 1e-3);
                }
        }
    }

    void transposing_twice_changes_nothing() {
        const Floats from = random_floats(33 * 21, 4);
        Floats to(from.size()), back(from.size());
        transpose(from.data(), 33, 21, to.data());
        CPPUNIT_ASSERT_EQUAL(from[5 * 21 + 2], to[2 * 33 + 5]);
        transpose(to.data(), 21, 33, back.data());
        CPPUNIT_ASSERT(from == back);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConvolveTest);

}  // namespace
}  // namespace digit
