// SPDX-License-Identifier: Apache-2.0
#include "trainer/teacher_answers.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/unit/bars.h"
#include "tests/unit/test_network.h"
#include "trainer/training.h"
#include "trainer/vector_ops.h"

namespace digit {
namespace {

constexpr int kViews = 3;

Settings settings_with_views() {
    Settings settings;
    settings.hidden = {24};
    settings.normalised = true;
    settings.batch_size = 32;
    settings.epochs = 5;
    settings.threads = 2;
    settings.views = kViews;
    settings.augment = AugmentSettings::usual();
    settings.drawn.pictures = 90;
    settings.drawn.others = 20;
    settings.drawn.fresh = 0.3f;
    settings.drawn.font_share = 0;
    return settings;
}

TeacherNetworks two_teachers() {
    TeacherNetworks teachers;
    teachers.perceptrons.push_back(test::random_network({784, 16, 10}, Activation::kRelu));
    ConvNet net({{{16, true}, {16, true}}});
    net.initialise(5);
    teachers.convolutional.push_back(fold(net, net.values, ConvStatistics(net.places)));
    return teachers;
}

// The same, and one that knows no drawn pictures.
TeacherNetworks with_a_stranger() {
    TeacherNetworks teachers = two_teachers();
    ConvNet net({{{16, true}, {16, true}}});
    net.initialise(6);
    teachers.convolutional.insert(teachers.convolutional.begin(),
                                  fold(net, net.values, ConvStatistics(net.places)));
    teachers.strangers_to_drawn = 1;
    return teachers;
}

// Everything that answers come from.
struct School {
    Settings settings = settings_with_views();
    Team team{settings.threads};
    Result<DrawnPool> pool = DrawnPool::make(settings.drawn, settings.seed, {});
    TrainingPictures pictures{test::bars(150, 1), 0, &*pool};
    Sampler sampler{settings, pictures};
    Teachers teachers{with_a_stranger(), false, settings.temperature,
                      TeacherAnswers::kBlock* settings.threads, settings.threads};
    TeacherAnswers answers{settings, sampler, teachers, team};
    Batch batch{settings.batch_size};

    School() {
        batch.size = settings.batch_size;
        batch.soft_targets.assign(batch.targets.size(), 0.0f);
    }
    void begin(int epoch) {
        sampler.begin_epoch(epoch, team);
        CPPUNIT_ASSERT(answers.prepare({}));
    }
    // Asks the teachers about the batch itself.
    void look() { teachers.look_at(0, {0, batch.size}, sampler.pictures_of_data(), batch); }
    AlignedVector<float> answers_of(std::int64_t step) {
        sampler.fill(step, {0, batch.size}, batch);
        answers.put({0, batch.size}, batch);
        return batch.soft_targets;
    }
};

class TeacherAnswersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TeacherAnswersTest);
    CPPUNIT_TEST(what_is_kept_is_what_the_teachers_say);
    CPPUNIT_TEST(who_knows_no_drawn_pictures_is_not_asked_about_them);
    CPPUNIT_TEST(who_learns_from_no_drawn_pictures_is_shown_none);
    CPPUNIT_TEST(answers_do_not_depend_on_the_epochs_before);
    CPPUNIT_TEST(views_come_again_and_differ);
    CPPUNIT_TEST(an_own_picture_differs_each_time_it_is_repeated);
    CPPUNIT_TEST(a_stopped_training_ends_with_the_same_bits);
    CPPUNIT_TEST(asking_can_be_stopped);
    CPPUNIT_TEST_SUITE_END();

    void what_is_kept_is_what_the_teachers_say() {
        School school;
        for (int epoch = 0; epoch < kViews + 2; ++epoch) {
            school.begin(epoch);
            for (std::int64_t step = 0; step < school.sampler.steps(); ++step) {
                const AlignedVector<float> kept = school.answers_of(step);
                school.look();
                for (int row = 0; row < school.batch.size; ++row)
                    for (int k = 0; k < kDigits; ++k) {
                        const auto at = static_cast<std::size_t>(row * kLane + k);
                        CPPUNIT_ASSERT_DOUBLES_EQUAL(school.batch.soft_targets[at], kept[at], 1e-5);
                    }
            }
        }
    }

    void who_knows_no_drawn_pictures_is_not_asked_about_them() {
        School school;
        // Soft enough for every teacher to be heard.
        Teachers all{with_a_stranger(), false, 1000, 32, 1};
        Teachers two{two_teachers(), false, 1000, 32, 1};
        school.begin(0);
        Batch& batch = school.batch;
        int drawn = 0;
        for (std::int64_t step = 0; step < school.sampler.steps(); ++step) {
            school.sampler.fill(step, {0, batch.size}, batch);
            const int first_drawn = school.sampler.pictures_of_data();
            all.look_at(0, {0, batch.size}, first_drawn, batch);
            const AlignedVector<float> with = batch.soft_targets;
            two.look_at(0, {0, batch.size}, first_drawn, batch);
            for (std::size_t row = 0; row < batch.shown.size(); ++row) {
                const bool is_drawn = batch.shown[row] >= static_cast<std::uint32_t>(first_drawn);
                const auto begin = with.begin() + static_cast<std::ptrdiff_t>(row * kLane);
                CPPUNIT_ASSERT_EQUAL(is_drawn, std::equal(begin, begin + kDigits,
                                                          batch.soft_targets.data() + row * kLane));
                drawn += is_drawn;
            }
        }
        CPPUNIT_ASSERT(drawn > 90);
    }

    void who_learns_from_no_drawn_pictures_is_shown_none() {
        School school;
        Settings settings = school.settings;
        settings.drawn.pictures = settings.drawn.others = 0;
        Sampler sampler(settings, school.pictures);
        sampler.begin_epoch(0, school.team);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{150 / 32}, sampler.steps());
        CPPUNIT_ASSERT(sampler.drawn_serials().empty());
        for (std::int64_t step = 0; step < sampler.steps(); ++step) {
            sampler.fill(step, {0, 32}, school.batch);
            for (const std::uint32_t index : school.batch.shown) CPPUNIT_ASSERT(index < 150);
        }
    }

    void answers_do_not_depend_on_the_epochs_before() {
        School all, last;
        for (int epoch = 0; epoch < kViews + 2; ++epoch) all.begin(epoch);
        last.begin(kViews + 1);
        for (std::int64_t step = 0; step < all.sampler.steps(); ++step)
            CPPUNIT_ASSERT(all.answers_of(step) == last.answers_of(step));
    }

    void views_come_again_and_differ() {
        School school;
        std::vector<std::vector<float>> seen;
        for (int epoch = 0; epoch < 2 * kViews; ++epoch) {
            school.begin(epoch);
            std::vector<float> pixels(kInputPixels);
            school.sampler.show(7, pixels.data());
            for (int before = 0; before < epoch; ++before)
                CPPUNIT_ASSERT_EQUAL(before + kViews == epoch,
                                     seen[static_cast<std::size_t>(before)] == pixels);
            seen.push_back(pixels);
        }
    }

    void an_own_picture_differs_each_time_it_is_repeated() {
        Settings settings = settings_with_views();
        settings.drawn = {};
        settings.own_share = 0.5f;
        Team team(2);
        const TrainingPictures pictures{test::bars(110, 1), 10, nullptr};
        Sampler sampler(settings, pictures);
        sampler.begin_epoch(0, team);
        CPPUNIT_ASSERT_EQUAL(200, sampler.pictures_of_data());
        std::vector<float> first(kInputPixels), again(kInputPixels);
        sampler.show(100, first.data());
        sampler.show(110, again.data());
        CPPUNIT_ASSERT(first != again);
        // Of one label: the same picture.
        Batch batch(settings.batch_size);
        std::vector<int> label_of(200, -1);
        for (std::int64_t step = 0; step < sampler.steps(); ++step) {
            sampler.fill(step, {0, settings.batch_size}, batch);
            for (std::size_t row = 0; row < batch.shown.size(); ++row)
                label_of[batch.shown[row]] = batch.labels[row];
        }
        int compared = 0;
        for (std::size_t i = 100; i < 200; ++i) {
            const int label = pictures.pictures.labels[100 + (i - 100) % 10];
            if (label_of[i] < 0) continue;  // left out of this epoch
            CPPUNIT_ASSERT_EQUAL(label, label_of[i]);
            ++compared;
        }
        CPPUNIT_ASSERT(compared > 50);
    }

    void a_stopped_training_ends_with_the_same_bits() {
        const School school;
        Team team(2);
        const auto make = [&](std::optional<Training>& training) {
            training.emplace(school.settings, school.pictures, team,
                             GivenNetworks{{}, with_a_stranger()});
        };
        std::optional<Training> whole, first, second;
        make(whole);
        while (whole->epochs_done() < school.settings.epochs) (void)whole->run_epoch();
        make(first);
        for (int epoch = 0; epoch < kViews; ++epoch) (void)first->run_epoch();
        // In the middle of an epoch whose answers are all there already.
        int steps = 0;
        CPPUNIT_ASSERT(!first->run_epoch({{}, [&] { return ++steps > 6; }}));
        make(second);
        CPPUNIT_ASSERT(second->restore(first->state()).ok());
        while (second->epochs_done() < school.settings.epochs) (void)second->run_epoch();
        CPPUNIT_ASSERT(test::same_layers(whole->network(), second->network()));
    }

    void asking_can_be_stopped() {
        School school;
        school.sampler.begin_epoch(0, school.team);
        CPPUNIT_ASSERT(!school.answers.prepare([] { return true; }));
        school.begin(0);
        School other;
        other.begin(0);
        CPPUNIT_ASSERT(school.answers_of(0) == other.answers_of(0));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TeacherAnswersTest);

}  // namespace
}  // namespace digit
