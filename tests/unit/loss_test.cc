// SPDX-License-Identifier: Apache-2.0
#include "trainer/loss.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <cmath>
#include <vector>

#include "libdigit/network.h"
#include "tests/unit/test_network.h"
#include "trainer/evaluate.h"
#include "trainer/random.h"
#include "trainer/teachers.h"
#include "trainer/vector_ops.h"

namespace digit {
namespace {

using Ten = std::array<double, 10>;

Ten softmax(Ten z, double temperature) {
    double sum = 0;
    for (double& value : z) sum += value = std::exp(value / temperature);
    for (double& value : z) value /= sum;
    return z;
}

double cross_entropy(const Ten& target, const Ten& p) {
    double loss = 0;
    for (std::size_t k = 0; k < 10; ++k) loss -= target[k] * std::log(p[k]);
    return loss;
}

Ten random_ten(Random& random) {
    Ten z;
    for (double& value : z) value = 2 * static_cast<double>(random.normal());
    return z;
}

AlignedVector<float> row_of(const Ten& values) {
    AlignedVector<float> row(kLane, 0.0f);
    for (std::size_t k = 0; k < 10; ++k) row[k] = static_cast<float>(values[k]);
    return row;
}

std::vector<float> as_floats(const std::vector<std::uint8_t>& inks) {
    std::vector<float> values;
    for (const std::uint8_t ink : inks) values.push_back(static_cast<float>(ink) / 255);
    return values;
}

class LossTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LossTest);
    CPPUNIT_TEST(the_gradient_with_soft_targets_is_that_of_finite_differences);
    CPPUNIT_TEST(logits_of_a_thousand_give_finite_losses);
    CPPUNIT_TEST(a_predictor_answers_what_is_served);
    CPPUNIT_TEST(teachers_give_the_softened_mean_of_their_logits);
    CPPUNIT_TEST_SUITE_END();

    void the_gradient_with_soft_targets_is_that_of_finite_differences() {
        Random random(1, Stream::kShuffle);
        const double weight = 0.7, temperature = 3;
        const Ten z = random_ten(random), t = softmax(random_ten(random), 1),
                  q = softmax(random_ten(random), 1);
        const auto loss = [&](const Ten& at) {
            return (1 - weight) * cross_entropy(t, softmax(at, 1)) +
                   weight * temperature * temperature * cross_entropy(q, softmax(at, temperature));
        };
        AlignedVector<float> gradient = row_of(z), targets = row_of(t), soft = row_of(q);
        const std::uint8_t label = 0;
        (void)softmax_cross_entropy({gradient.data(), 1, 10, kLane}, {targets.data(), 1, 10, kLane},
                                    {{soft.data(), 1, 10, kLane}, 3, 0.7f}, {&label, 1}, 1);
        for (std::size_t k = 0; k < 10; ++k) {
            Ten above = z, below = z;
            above[k] += 1e-5;
            below[k] -= 1e-5;
            CPPUNIT_ASSERT_DOUBLES_EQUAL((loss(above) - loss(below)) / 2e-5,
                                         static_cast<double>(gradient[k]), 1e-5);
        }
    }

    void logits_of_a_thousand_give_finite_losses() {
        AlignedVector<float> z(kLane, 0.0f), targets(kLane, 0.1f);
        z[3] = 1000;
        z[4] = -1000;
        const std::uint8_t label = 3;
        const LossSums sums = softmax_cross_entropy(
            {z.data(), 1, 10, kLane}, {targets.data(), 1, 10, kLane}, {}, {&label, 1}, 1);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, sums.correct);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1000.0, sums.loss, 0.1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.9, static_cast<double>(z[3]), 1e-6);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(-0.1, static_cast<double>(z[4]), 1e-6);
    }

    void a_predictor_answers_what_is_served() {
        for (Activation activation : {Activation::kTanh, Activation::kRelu}) {
            const NetworkParameters network = test::random_network({784, 50, 21, 10}, activation);
            const std::vector<std::uint8_t> inks = test::random_pixels(7);
            const std::vector<float> pixels = as_floats(inks);
            std::vector<float> expected(70), logits(70);
            forward_plain(network, 1, inks, 7, expected);
            Predictor predictor(network, 8);
            predictor.logits({pixels.data(), 7, 784, 784}, {logits.data(), 7, 10, 10});
            for (std::size_t r = 0; r < 7; ++r) {
                Ten z;
                std::copy_n(logits.begin() + static_cast<std::ptrdiff_t>(10 * r), 10, z.begin());
                const Ten p = softmax(z, 1);
                for (std::size_t k = 0; k < 10; ++k)
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(expected[10 * r + k]), p[k],
                                                 1e-5);
            }
        }
    }

    void teachers_give_the_softened_mean_of_their_logits() {
        for (bool centred : {false, true}) {
            const NetworkParameters one = test::random_network({784, 30, 10}, Activation::kRelu, 1);
            const NetworkParameters two = test::random_network({784, 20, 10}, Activation::kTanh, 2);
            const std::vector<float> pixels = as_floats(test::random_pixels(5));
            std::vector<float> first(50), second(50);
            Predictor(one, 5).logits({pixels.data(), 5, 784, 784}, {first.data(), 5, 10, 10});
            Predictor(two, 5).logits({pixels.data(), 5, 784, 784}, {second.data(), 5, 10, 10});
            Batch batch(5);
            batch.soft_targets.assign(batch.targets.size(), 0.0f);
            for (std::size_t i = 0; i < pixels.size(); ++i)
                batch.pixels[i] = centred ? 2 * pixels[i] - 1 : pixels[i];
            Teachers teachers({{one, two}, {}}, centred, 4, 5, 2);
            teachers.look_at(0, {0, 3}, 5, batch);
            teachers.look_at(1, {3, 5}, 5, batch);
            for (std::size_t r = 0; r < 5; ++r) {
                Ten mean;
                for (std::size_t k = 0; k < 10; ++k)
                    mean[k] = static_cast<double>(first[10 * r + k] + second[10 * r + k]) / 2;
                const Ten expected = softmax(mean, 4);
                for (std::size_t k = 0; k < 10; ++k)
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(
                        expected[k], static_cast<double>(batch.soft_targets[r * kLane + k]), 1e-5);
            }
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LossTest);

}  // namespace
}  // namespace digit
