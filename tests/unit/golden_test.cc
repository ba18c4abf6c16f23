// SPDX-License-Identifier: Apache-2.0
#include "libdigit/golden.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "libdigit/weights_file.h"

namespace digit::test {
namespace {

NetworkParameters shipped() {
    auto parameters = read_weights(DIGIT_SOURCE_DIR "/models/digit.safetensors");
    if (!parameters.ok()) CPPUNIT_FAIL(parameters.status().message());
    return std::move(*parameters);
}

GoldenTrial tried(const NetworkParameters& parameters) {
    const auto model = Model::make(parameters);
    if (!model.ok()) CPPUNIT_FAIL(model.status().message());
    return try_golden_pictures(*model);
}

// Answers `digit` to everything.
NetworkParameters constant(int digit) {
    DenseLayer layer{784, 10, std::vector<float>(7840), std::vector<float>(10)};
    layer.bias[static_cast<std::size_t>(digit)] = 5;
    NetworkParameters parameters;
    parameters.layers.push_back(std::move(layer));
    return parameters;
}

}  // namespace

class GoldenTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GoldenTest);
    CPPUNIT_TEST(the_shipped_weights_read_all_of_them);
    CPPUNIT_TEST(who_says_one_digit_to_everything_is_right_once);
    CPPUNIT_TEST(who_learned_other_labels_is_wrong_throughout);
    CPPUNIT_TEST(an_early_exit_and_the_layers_that_it_spares_must_both_be_right);
    CPPUNIT_TEST(who_learned_inverted_pictures_fails);
    CPPUNIT_TEST_SUITE_END();

  public:
    void the_shipped_weights_read_all_of_them() {
        const GoldenTrial trial = tried(shipped());
        CPPUNIT_ASSERT_EQUAL(std::string(), trial.wrong);
        CPPUNIT_ASSERT_EQUAL(kGoldenPictures, trial.right);
    }

    void who_says_one_digit_to_everything_is_right_once() {
        for (int digit = 0; digit < kGoldenPictures; ++digit)
            CPPUNIT_ASSERT_EQUAL(1, tried(constant(digit)).right);
        CPPUNIT_ASSERT_EQUAL(std::string("0 as 9, 1 as 9, 2 as 9, 3 as 9, 4 as 9, 5 as 9, 6 as 9, "
                                         "7 as 9, 8 as 9"),
                             tried(constant(9)).wrong);
    }

    static void learn_other_labels(DenseLayer& last) {
        std::rotate(last.weight.begin(), last.weight.begin() + last.inputs, last.weight.end());
        std::rotate(last.bias.begin(), last.bias.begin() + 1, last.bias.end());
    }

    void who_learned_other_labels_is_wrong_throughout() {
        NetworkParameters parameters = shipped();
        learn_other_labels(parameters.layers.back());
        const GoldenTrial trial = tried(parameters);
        CPPUNIT_ASSERT_EQUAL(0, trial.right);
        CPPUNIT_ASSERT_EQUAL(std::string("0 as 9, 1 as 0"), trial.wrong.substr(0, 14));
    }

    // Whichever of the two reads them well, the other may not hide behind it.
    void an_early_exit_and_the_layers_that_it_spares_must_both_be_right() {
        NetworkParameters parameters = shipped();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, parameters.early_exit.size());
        NetworkParameters layers_spoilt = parameters;
        NetworkParameters exit_spoilt = parameters;
        for (DenseLayer* last : {&layers_spoilt.layers.back(), &exit_spoilt.early_exit.back()})
            learn_other_labels(*last);
        // However seldom the shipped one is sure enough to answer.
        exit_spoilt.metadata["early_exit_above"] = "0.5";
        CPPUNIT_ASSERT(tried(layers_spoilt).right < 2);
        CPPUNIT_ASSERT(tried(exit_spoilt).right < 8);
    }

    void who_learned_inverted_pictures_fails() {
        // W (1 - x) + b is (-W) x + (b + the sum of W's row).
        NetworkParameters parameters = shipped();
        DenseLayer& first = parameters.layers.front();
        const auto inputs = static_cast<std::size_t>(first.inputs);
        for (std::size_t o = 0; o < first.bias.size(); ++o)
            for (std::size_t i = o * inputs; i < (o + 1) * inputs; ++i) {
                first.bias[o] += first.weight[i];
                first.weight[i] = -first.weight[i];
            }
        CPPUNIT_ASSERT(tried(parameters).right < 8);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GoldenTest);

}  // namespace digit::test
