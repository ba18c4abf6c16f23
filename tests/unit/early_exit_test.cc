// SPDX-License-Identifier: Apache-2.0
#include "trainer/early_exit.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "libdigit/network.h"
#include "libdigit/weights_file.h"
#include "tests/unit/bars.h"
#include "tests/unit/test_network.h"
#include "trainer/calibration.h"
#include "trainer/evaluate.h"
#include "trainer/training.h"

namespace digit {
namespace {

using test::bars;

Settings small_settings() {
    Settings settings = test::settings_for_bars(3);
    settings.early_exit = {20, 40};
    settings.dtype = WeightsDtype::kI8;
    return settings;
}

class EarlyExitTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EarlyExitTest);
    CPPUNIT_TEST(a_frozen_layer_stays_as_it_is);
    CPPUNIT_TEST(the_network_itself_stays_as_it_is);
    CPPUNIT_TEST(it_answers_many_pictures_as_the_network_does);
    CPPUNIT_TEST(it_is_about_as_sure_as_the_network);
    CPPUNIT_TEST(the_same_network_and_data_give_the_same_bits);
    CPPUNIT_TEST(where_the_network_is_uncertain_it_does_not_answer);
    CPPUNIT_TEST(where_it_may_never_answer_there_is_none);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override {
        settings_ = small_settings();
        data_ = std::make_unique<TrainingData>();
        data_->train.pictures = bars(1600, 1);
        data_->validation = bars(400, 2);
        Training training(settings_, data_->train, team_);
        while (training.epochs_done() < settings_.epochs) (void)training.run_epoch();
        network_ = training.network();
        round_to_bytes(network_);
        network_.metadata = {{"temperature", "0.5"}, {"uncertain_below", "0.6"}};
    }

  private:
    void a_frozen_layer_stays_as_it_is() {
        Settings settings = settings_;
        settings.frozen_layers = 1;
        settings.average = 0.999f;
        Training training(settings, data_->train, team_, {network_, {}});
        (void)training.run_epoch();
        const NetworkParameters after = training.network();
        CPPUNIT_ASSERT(after.layers[0].weight == network_.layers[0].weight);
        CPPUNIT_ASSERT(after.layers[0].bias == network_.layers[0].bias);
        CPPUNIT_ASSERT(after.layers[1].weight != network_.layers[1].weight);
        CPPUNIT_ASSERT(after.layers[2].bias != network_.layers[2].bias);
    }

    void the_network_itself_stays_as_it_is() {
        NetworkParameters with = network_;
        CPPUNIT_ASSERT(fit_early_exit(settings_, *data_, team_, with).ok());
        CPPUNIT_ASSERT(test::same_layers(network_.layers, with.layers));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, with.early_exit.size());
        CPPUNIT_ASSERT_EQUAL(20, with.early_exit[0].outputs);
        // What a file in whole numbers holds is what was judged.
        NetworkParameters rounded = with;
        round_to_bytes(rounded);
        CPPUNIT_ASSERT(test::same_layers(with, rounded));
        CPPUNIT_ASSERT(Model::make(with).ok());
    }

    void it_answers_many_pictures_as_the_network_does() {
        const auto without = Model::make(network_);
        const auto fit = fit_early_exit(settings_, *data_, team_, network_);
        CPPUNIT_ASSERT(*fit->share > 0.2);
        CPPUNIT_ASSERT(fit->above >= kEarlyExitAbove);
        const auto with = Model::make(network_);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(fit->above, with->early_exit_above(), 1e-6f);
        std::vector<float> ours(10), theirs(10);
        std::size_t answered = 0;
        for (int i = 0; i < data_->validation.size(); ++i) {
            answered += forward(*with, data_->validation.picture(i), 1, ours);
            CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                                 forward(*without, data_->validation.picture(i), 1, theirs));
            CPPUNIT_ASSERT_EQUAL(std::ranges::max_element(ours) - ours.begin(),
                                 std::ranges::max_element(theirs) - theirs.begin());
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(*fit->share, static_cast<double>(answered) / 400, 1e-9);
    }

    void it_is_about_as_sure_as_the_network() {
        CPPUNIT_ASSERT(fit_early_exit(settings_, *data_, team_, network_).ok());
        const Evaluation early = evaluate(test::way_out_of(network_), data_->validation, team_);
        const Evaluation whole = evaluate(network_, data_->validation, team_);
        double apart = 0;
        for (std::size_t i = 0; i < early.logits.size(); ++i)
            apart += static_cast<double>(
                std::fabs(std::ranges::max(probabilities_of(early.logits[i], 0.5f)) -
                          std::ranges::max(probabilities_of(whole.logits[i], 0.5f))));
        CPPUNIT_ASSERT(apart / 400 < 0.05);
    }

    void the_same_network_and_data_give_the_same_bits() {
        NetworkParameters once = network_;
        NetworkParameters again = network_;
        CPPUNIT_ASSERT(fit_early_exit(settings_, *data_, team_, once).ok());
        CPPUNIT_ASSERT(fit_early_exit(settings_, *data_, team_, again).ok());
        CPPUNIT_ASSERT(test::same_layers(once, again));
        CPPUNIT_ASSERT(once.metadata == again.metadata);
    }

    // Where only the surest answers of the network are not uncertain, few may be spared it; by the
    // server's own arithmetic.
    void where_the_network_is_uncertain_it_does_not_answer() {
        network_.metadata["uncertain_below"] = "0.9995";
        const auto fit = fit_early_exit(settings_, *data_, team_, network_);
        CPPUNIT_ASSERT(fit->above > kEarlyExitAbove + 1e-5f && fit->above < 1);
        const auto model = test::model_of_whole_numbers(network_);
        std::vector<float> probabilities(10);
        int answered = 0;
        for (const Dataset* pictures : {&data_->train.pictures, &data_->validation})
            for (int i = 0; i < pictures->size(); ++i) {
                const auto picture = pictures->picture(i);
                if (forward(*model, picture, 1, probabilities) == 0) continue;
                ++answered;
                const auto digit = std::ranges::max_element(probabilities) - probabilities.begin();
                forward(*model, picture, 1, probabilities, EarlyExit::kPassed);
                CPPUNIT_ASSERT(probabilities[static_cast<std::size_t>(digit)] >= 0.9995f);
            }
        CPPUNIT_ASSERT(answered > 50);
    }

    // So few units mistake digits for others, and at this temperature whatever they say is sure.
    void where_it_may_never_answer_there_is_none() {
        settings_.early_exit.units = 4;
        network_.metadata["temperature"] = "0.02";
        const auto fit = fit_early_exit(settings_, *data_, team_, network_);
        CPPUNIT_ASSERT_EQUAL(1.0f, fit->above);
        CPPUNIT_ASSERT(network_.early_exit.empty());
        for (const char* key : {"early_exit", "early_exit_epochs", "early_exit_above"})
            CPPUNIT_ASSERT(!network_.metadata.contains(key));
    }

    Team team_{2};
    Settings settings_;
    std::unique_ptr<TrainingData> data_;
    NetworkParameters network_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(EarlyExitTest);

}  // namespace
}  // namespace digit
