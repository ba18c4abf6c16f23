// SPDX-License-Identifier: Apache-2.0
#include "trainer/training.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

#include "tests/unit/bars.h"
#include "tests/unit/test_network.h"
#include "trainer/evaluate.h"
#include "trainer/random.h"

namespace digit {
namespace {

using test::bars;

Settings small_settings() { return test::settings_for_bars(4); }

std::vector<float> losses(const Settings& settings, const Dataset& data) {
    Team team(settings.threads);
    const TrainingPictures pictures{data, 0, nullptr};
    Training training(settings, pictures, team);
    std::vector<float> result;
    for (int epoch = 0; epoch < settings.epochs; ++epoch) {
        const LossSums sums = *training.run_epoch();
        result.push_back(static_cast<float>(sums.loss / static_cast<double>(sums.count)));
    }
    return result;
}

NetworkParameters train(const Settings& settings, const Dataset& data) {
    Team team(settings.threads);
    const TrainingPictures pictures{data, 0, nullptr};
    Training training(settings, pictures, team);
    while (training.epochs_done() < settings.epochs) (void)training.run_epoch();
    return training.network();
}

class TrainingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TrainingTest);
    CPPUNIT_TEST(the_loss_falls_from_epoch_to_epoch);
    CPPUNIT_TEST(what_is_learnt_holds_for_pictures_not_seen);
    CPPUNIT_TEST(the_same_seed_and_threads_give_the_same_bits);
    CPPUNIT_TEST(another_seed_gives_another_network);
    CPPUNIT_TEST(centred_pixels_are_folded_into_the_first_layer);
    CPPUNIT_TEST(the_learning_rate_rises_and_then_falls_to_nearly_nothing);
    CPPUNIT_TEST(weight_decay_shrinks_weights_by_rate_times_decay_a_step);
    CPPUNIT_TEST(products_and_given_gradients_update_alike);
    CPPUNIT_TEST(splitting_off_moves_every_picture_to_one_side);
    CPPUNIT_TEST(inversion_takes_the_asked_part_of_the_pictures);
    CPPUNIT_TEST_SUITE_END();

    void the_loss_falls_from_epoch_to_epoch() {
        for (OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kAdamW}) {
            Settings settings = small_settings();
            settings.optimiser = kind;
            if (kind == OptimiserKind::kSgd) settings.learning_rate = 0.05f;
            const std::vector<float> loss = losses(settings, bars(640, 1));
            for (std::size_t i = 1; i < loss.size(); ++i) CPPUNIT_ASSERT(loss[i] < loss[i - 1]);
        }
    }

    void what_is_learnt_holds_for_pictures_not_seen() {
        const NetworkParameters network = train(small_settings(), bars(2000, 1));
        Team team(2);
        CPPUNIT_ASSERT(evaluate(network, bars(500, 2), team).accuracy() > 0.95);
    }

    void the_same_seed_and_threads_give_the_same_bits() {
        const Dataset data = bars(640, 1);
        for (int threads : {1, 2, 3}) {
            Settings settings = small_settings();
            settings.threads = threads;
            CPPUNIT_ASSERT(test::same_layers(train(settings, data), train(settings, data)));
        }
    }

    void another_seed_gives_another_network() {
        const Dataset data = bars(640, 1);
        Settings other = small_settings();
        other.seed = 2;
        CPPUNIT_ASSERT(!test::same_layers(train(small_settings(), data), train(other, data)));
    }

    void centred_pixels_are_folded_into_the_first_layer() {
        Settings settings = small_settings();
        settings.centred = true;
        Team team(2);
        const NetworkParameters network = train(settings, bars(2000, 1));
        CPPUNIT_ASSERT(evaluate(network, bars(500, 2), team).accuracy() > 0.95);
    }

    void the_learning_rate_rises_and_then_falls_to_nearly_nothing() {
        Settings settings;
        settings.learning_rate = 0.8f;
        settings.warm_up_epochs = 2;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.04f, learning_rate_at(settings, 0, 100, 10), 1e-6f);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.8f, learning_rate_at(settings, 19, 100, 10), 1e-6f);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.8f, learning_rate_at(settings, 20, 100, 10), 1e-6f);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.4f, learning_rate_at(settings, 60, 100, 10), 1e-6f);
        CPPUNIT_ASSERT(learning_rate_at(settings, 99, 100, 10) < 0.001f);
        settings.schedule = Schedule::kConstant;
        CPPUNIT_ASSERT_EQUAL(0.8f, learning_rate_at(settings, 99, 100, 10));
    }

    void weight_decay_shrinks_weights_by_rate_times_decay_a_step() {
        const AlignedVector<float> zeros(8, 0.0f);
        AlignedVector<float> slab(8);
        for (float momentum : {0.0f, 0.9f})
            for (OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kAdamW}) {
                OptimiserSettings settings;
                settings.kind = kind;
                settings.momentum = momentum;
                settings.weight_decay = 0.5f;
                Optimiser optimiser(settings, 8);
                AlignedVector<float> values(8, 2.0f);
                const StepPlan plan = optimiser.plan(0, 0.1f);
                optimiser.update_by_product(plan, {zeros.data(), 1, 2, 2}, {zeros.data(), 1, 3, 3},
                                            1, slab.data(), 1, values);
                for (std::size_t i = 0; i < 8; ++i)
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(i >= 1 && i < 7 ? 1.9f : 2.0f, values[i], 1e-6f);
                optimiser.update(plan, zeros.data(), 0, 1, false, values);
                CPPUNIT_ASSERT_EQUAL(2.0f, values[0]);
            }
    }

    // Two steps of each, from the same gradients: once as a product, once given.
    void products_and_given_gradients_update_alike() {
        const AlignedVector<float> d = {0.5f, -1, 0.25f, 2}, a = {1, 2, 3, -1, 0.5f, 1};
        AlignedVector<float> gradient(6, 0.0f), slab(6);
        for (std::size_t r = 0; r < 2; ++r)
            for (std::size_t i = 0; i < 6; ++i) gradient[i] += d[r * 2 + i / 3] * a[r * 3 + i % 3];
        for (float momentum : {0.0f, 0.9f})
            for (OptimiserKind kind : {OptimiserKind::kSgd, OptimiserKind::kAdamW}) {
                OptimiserSettings settings;
                settings.kind = kind;
                settings.momentum = momentum;
                settings.average_keep = 0.9f;
                Optimiser one(settings, 6), two(settings, 6);
                AlignedVector<float> first(6, 1.0f), second(6, 1.0f);
                one.begin_average(first);
                two.begin_average(second);
                for (int step = 0; step < 2; ++step) {
                    one.update_by_product(one.plan(step, 0.1f), {d.data(), 2, 2, 2},
                                          {a.data(), 2, 3, 3}, 0, slab.data(), 1, first);
                    two.update(two.plan(step, 0.1f), gradient.data(), 0, 6, true, second);
                }
                for (std::size_t i = 0; i < 6; ++i) {
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(second[i], first[i], 1e-6f);
                    CPPUNIT_ASSERT_DOUBLES_EQUAL(two.state().average[i], one.state().average[i],
                                                 1e-6f);
                }
            }
    }

    void splitting_off_moves_every_picture_to_one_side() {
        const Dataset all = bars(100, 1);
        Dataset rest = all;
        const Dataset part = split_off(rest, 30, 1);
        CPPUNIT_ASSERT_EQUAL(30, part.size());
        CPPUNIT_ASSERT_EQUAL(70, rest.size());
        std::vector<int> sums(10);
        for (std::uint8_t label : all.labels) ++sums[label];
        for (std::uint8_t label : part.labels) --sums[label];
        for (std::uint8_t label : rest.labels) --sums[label];
        CPPUNIT_ASSERT(sums == std::vector<int>(10));
    }

    void inversion_takes_the_asked_part_of_the_pictures() {
        const Dataset before = bars(200, 1);
        Dataset after = before;
        invert_part(after, 0.25, 1, 0);
        int inverted = 0;
        for (int i = 0; i < 200; ++i) {
            const int sum = before.picture(i)[17] + after.picture(i)[17];
            if (after.picture(i)[17] != before.picture(i)[17]) {
                CPPUNIT_ASSERT_EQUAL(255, sum);
                ++inverted;
            }
        }
        CPPUNIT_ASSERT_EQUAL(50, inverted);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TrainingTest);

}  // namespace
}  // namespace digit
