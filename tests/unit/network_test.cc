// SPDX-License-Identifier: Apache-2.0
#include "libdigit/network.h"

#include <cblas.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/test_network.h"
#include "tests/unit/vector_units.h"

namespace digit::test {
namespace {

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    CPPUNIT_ASSERT_EQUAL(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
    return largest;
}

using Pixels = std::vector<std::uint8_t>;

std::vector<float> run(const Model& model, const Pixels& pixels) {
    std::vector<float> probabilities(pixels.size() / 784 * 10);
    forward(model, pixels, pixels.size() / 784, probabilities);
    return probabilities;
}

std::vector<float> run_plain(const NetworkParameters& parameters, const Pixels& pixels) {
    std::vector<float> probabilities(pixels.size() / 784 * 10);
    forward_plain(parameters, 1, pixels, pixels.size() / 784, probabilities);
    return probabilities;
}

float highest(const std::vector<float>& probabilities, std::size_t picture) {
    const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(picture * 10);
    return *std::max_element(first, first + 10);
}

// Every picture's probabilities lie within `doubtful` of the plain ones where the best is below
// kSureEnough, else within `sure`.
void check_against_plain(const Result<Model>& model, const NetworkParameters& parameters,
                         const Pixels& pixels, float doubtful, float sure) {
    CPPUNIT_ASSERT(model.ok());
    const auto fast = run(*model, pixels);
    const auto plain = run_plain(parameters, pixels);
    for (std::size_t n = 0; n < fast.size() / 10; ++n) {
        const float bound = highest(fast, n) < kSureEnough ? doubtful : sure;
        for (std::size_t d = n * 10; d < (n + 1) * 10; ++d)
            CPPUNIT_ASSERT(std::fabs(fast[d] - plain[d]) <= bound);
    }
}

void check_against_plain(const NetworkParameters& parameters, const Pixels& pixels, float doubtful,
                         float sure) {
    check_against_plain(Model::make(parameters), parameters, pixels, doubtful, sure);
}

// The same by OpenBLAS from the parameters as a file holds them.
std::vector<float> run_blas(const NetworkParameters& parameters, const Pixels& pixels) {
    const auto count = static_cast<int>(pixels.size() / 784);
    std::vector<float> values;
    for (const std::uint8_t ink : pixels) values.push_back(static_cast<float>(ink) / 255);
    for (const DenseLayer& layer : parameters.layers) {
        std::vector<float> next;
        for (int n = 0; n < count; ++n)
            next.insert(next.end(), layer.bias.begin(), layer.bias.end());
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, count, layer.outputs, layer.inputs, 1,
                    values.data(), layer.inputs, layer.weight.data(), layer.inputs, 1, next.data(),
                    layer.outputs);
        if (&layer != &parameters.layers.back())
            for (float& v : next)
                v = parameters.activation == Activation::kTanh ? std::tanh(v) : std::max(v, 0.0f);
        values = std::move(next);
    }
    for (int n = 0; n < count; ++n) {
        float* logits = values.data() + n * 10;
        const float most = *std::max_element(logits, logits + 10);
        float sum = 0;
        for (int d = 0; d < 10; ++d) sum += logits[d] = std::exp(logits[d] - most);
        for (int d = 0; d < 10; ++d) logits[d] /= sum;
    }
    return values;
}

class NetworkTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(NetworkTest);
    CPPUNIT_TEST(every_vector_unit_agrees_with_the_plain_loops);
    CPPUNIT_TEST(whole_numbers_agree_with_the_plain_loops);
    CPPUNIT_TEST(receptive_fields_agree_with_the_plain_loops);
    CPPUNIT_TEST(an_early_exit_answers_where_it_is_sure);
    CPPUNIT_TEST(an_early_exit_that_is_never_sure_changes_nothing);
    CPPUNIT_TEST(an_early_exit_that_is_never_sure_leaves_what_windows_are_found_by);
    CPPUNIT_TEST(no_sum_overflows);
    CPPUNIT_TEST(no_sum_of_a_later_layer_overflows);
    CPPUNIT_TEST(close_decisions_are_those_of_the_plain_loops);
    CPPUNIT_TEST(agrees_with_openblas);
    CPPUNIT_TEST(a_batch_gives_each_picture_the_answer_it_gets_alone);
    CPPUNIT_TEST(probabilities_sum_to_one);
    CPPUNIT_TEST(a_temperature_softens_without_changing_the_order);
    CPPUNIT_TEST_SUITE_END();

    // Depths one to four, widths that are and are not multiples of a register.
    static std::vector<NetworkParameters> networks() {
        std::vector<NetworkParameters> all;
        for (const Activation activation : {Activation::kTanh, Activation::kRelu})
            for (const auto& widths : std::vector<std::vector<int>>{
                     {784, 10}, {784, 37, 10}, {784, 100, 40, 10}, {784, 128, 64, 65, 10}})
                all.push_back(random_network(widths, activation));
        return all;
    }

    void every_vector_unit_agrees_with_the_plain_loops() {
        const auto pixels = random_pixels(9);
        on_every_vector_unit([&] {
            for (const auto& parameters : networks())
                check_against_plain(parameters, pixels, 0.001f, 0.03f);
        });
    }

    void whole_numbers_agree_with_the_plain_loops() {
        const auto pixels = random_pixels(9);
        on_every_vector_unit([&] {
            for (auto parameters : networks()) {
                round_to_bytes(parameters);
                check_against_plain(model_of_whole_numbers(parameters), parameters, pixels, 0.001f,
                                    0.03f);
            }
        });
    }

    // Fields in every corner and of one pixel; windows of several fields, of parts of the picture's
    // rows and of all of it; blank pictures and such that are all ink.
    void receptive_fields_agree_with_the_plain_loops() {
        struct Shape {
            std::vector<ReceptiveField> fields;
            std::vector<int> units;
        };
        Pixels pixels = random_pixels(7);
        pixels.resize(pixels.size() + 784, 0);
        pixels.resize(pixels.size() + 784, 255);
        const std::vector<Shape> shapes = {
            {{{10, 3}}, {1568}},
            {{{10, 3}}, {147}},
            {{{12, 8}}, {9}},
            {{{28, 1}}, {70}},
            {{{1, 9}}, {64}},
            {{{17, 11}}, {12}},
            {{{5, 1}}, {576}},
            // Of 16 and 32 channels, and of such as no window is made of; of one place.
            {{{5, 2}, {4, 2}, {3, 1}}, {2304, 1600, 1152}},
            {{{12, 8}, {2, 1}}, {144, 256}},
            {{{7, 3}, {3, 2}, {2, 1}}, {64 * 16, 9 * 48, 4 * 10}},
            {{{12, 8}, {2, 1}}, {45, 20}},
            {{{20, 28}, {1, 1}}, {32, 7}}};
        for (const Shape& shape : shapes)
            for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
                std::vector<int> widths = {784};
                widths.insert(widths.end(), shape.units.begin(), shape.units.end());
                widths.insert(widths.end(), {40, 10});
                const auto parameters = network_with_fields(shape.fields, widths, activation);
                // The same weights, as if nothing were known of fields: all zeros are kept and
                // read.
                auto whole = parameters;
                whole.metadata.erase("receptive_field");
                on_every_vector_unit([&] {
                    check_against_plain(parameters, pixels, 0.001f, 0.03f);
                    CPPUNIT_ASSERT(run(*Model::make(parameters), pixels) ==
                                   run(*Model::make(whole), pixels));
                    CPPUNIT_ASSERT(run(*model_of_whole_numbers(parameters), pixels) ==
                                   run(*model_of_whole_numbers(whole), pixels));
                });
            }
    }

    // Of widths that are and are not multiples of a register; all pictures' probabilities are those
    // of the network that answers.
    void an_early_exit_answers_where_it_is_sure() {
        constexpr float kAbove = 0.9f;
        const auto pixels = random_pixels(60);
        for (const int units : {10, 40, 64, 130}) {
            NetworkParameters parameters = random_network({784, 100, 65, 10}, Activation::kRelu);
            add_early_exit(parameters, units, 8);
            parameters.metadata["early_exit_above"] = std::to_string(kAbove);
            const auto model = Model::make(parameters);
            CPPUNIT_ASSERT(model.ok());
            const auto early = run_plain(way_out_of(parameters), pixels);
            const auto whole = run_plain(parameters, pixels);
            on_every_vector_unit([&] {
                const auto fast = run(*model, pixels);
                std::size_t answered = 0, close = 0;
                for (std::size_t n = 0; n < 60; ++n) {
                    const float confidence = highest(early, n);
                    if (std::fabs(confidence - kAbove) < 0.03f) {  // by 5 bits, either
                        ++close;
                        continue;
                    }
                    const bool sure = confidence > kAbove;
                    answered += sure;
                    const auto& expected = sure ? early : whole;
                    for (std::size_t d = n * 10; d < (n + 1) * 10; ++d)
                        CPPUNIT_ASSERT(std::fabs(fast[d] - expected[d]) <= 0.03f);
                }
                CPPUNIT_ASSERT(answered > 5 && answered < 55);
                std::vector<float> again(600);
                const std::size_t told = forward(*model, pixels, 60, again);
                CPPUNIT_ASSERT(told >= answered && told <= answered + close);
                CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                                     forward(*model, pixels, 60, again, EarlyExit::kPassed));
            });
        }
    }

    // The first layer's outputs are where they were after it has looked at them. Where all of both
    // are listed, they fill the scratch space to its end.
    void an_early_exit_that_is_never_sure_changes_nothing() {
        const auto pixels = random_pixels(9);
        for (const float bias : {0.0f, 9.0f}) {
            NetworkParameters without = random_network({784, 1024, 20, 10}, Activation::kRelu);
            for (float& b : without.layers.front().bias) b += bias;
            NetworkParameters with = without;
            add_early_exit(with, 1024, 0);
            for (float& b : with.early_exit.front().bias) b += 1000 * bias;
            on_every_vector_unit([&] {
                CPPUNIT_ASSERT(run(*Model::make(with), pixels) ==
                               run(*Model::make(without), pixels));
            });
        }
    }

    // Nor where the second layer's units look for theirs among the first layer's, all of which may
    // be silent.
    void an_early_exit_that_is_never_sure_leaves_what_windows_are_found_by() {
        Pixels pixels = random_pixels(3);
        pixels.resize(pixels.size() + 784, 0);
        pixels.resize(pixels.size() + 784, 255);
        for (const int units : {10, 64, 1024})
            for (const float bias : {0.0f, 9.0f, -1000.0f}) {
                NetworkParameters without =
                    network_with_fields({{12, 8}, {2, 1}}, {784, 144, 256, 10}, Activation::kRelu);
                for (float& b : without.layers.front().bias) b += bias;
                NetworkParameters with = without;
                add_early_exit(with, units, 0);
                for (float& b : with.early_exit.front().bias) b += 9;
                on_every_vector_unit([&] {
                    CPPUNIT_ASSERT(run(*Model::make(with), pixels) ==
                                   run(*Model::make(without), pixels));
                });
            }
    }

    // Weights of one sign, as large as they come, and every pixel ink: the largest sums.
    void no_sum_overflows() {
        NetworkParameters parameters = random_network({784, 70, 10}, Activation::kRelu);
        for (float& w : parameters.layers[0].weight) w = w < 0 ? -1 : 1;
        for (float& w : parameters.layers[1].weight) w *= 0.01f;
        const Pixels pixels(784, 255);
        on_every_vector_unit([&] { check_against_plain(parameters, pixels, 0.001f, 0.03f); });
    }

    // The first layer's units all at their most, and weights of the second as large as they come: a
    // 3. Sums that wrap round change their sign, and it would be a sure 5.
    void no_sum_of_a_later_layer_overflows() {
        NetworkParameters parameters = random_network({784, 64, 64, 10}, Activation::kRelu);
        for (DenseLayer& layer : parameters.layers)
            std::fill_n(layer.bias.data(), layer.outputs, 0);
        std::fill(parameters.layers[0].weight.begin(), parameters.layers[0].weight.end(), 0.001f);
        for (std::size_t i = 0; i < parameters.layers[1].weight.size(); ++i)
            parameters.layers[1].weight[i] = i < 32 * 64 ? 1 : -1;
        std::fill(parameters.layers[2].weight.begin(), parameters.layers[2].weight.end(), 0.0f);
        parameters.layers[2].weight[3 * 64] = parameters.layers[2].weight[5 * 64 + 63] = 10;
        const Pixels pixels(784, 255);
        CPPUNIT_ASSERT(run_plain(parameters, pixels)[3] > 0.99f);
        on_every_vector_unit([&] { check_against_plain(parameters, pixels, 0.001f, 0.01f); });
    }

    // A best digit that is hardly better than the next: 8 bits alone would call some of them
    // differently.
    void close_decisions_are_those_of_the_plain_loops() {
        NetworkParameters parameters = random_network({784, 300, 100, 10}, Activation::kRelu);
        for (float& w : parameters.layers.back().weight) w *= 0.02f;
        const auto pixels = random_pixels(200);
        const auto fast = run(*Model::make(parameters), pixels);
        const auto plain = run_plain(parameters, pixels);
        CPPUNIT_ASSERT(largest_difference(fast, plain) < 1e-4f);
    }

    void agrees_with_openblas() {
        const auto pixels = random_pixels(33);
        for (const auto& parameters : networks())
            CPPUNIT_ASSERT(largest_difference(run_plain(parameters, pixels),
                                              run_blas(parameters, pixels)) < 1e-4f);
    }

    void a_batch_gives_each_picture_the_answer_it_gets_alone() {
        const auto model = Model::make(random_network({784, 50, 10}, Activation::kRelu));
        const auto pixels = random_pixels(5);
        const auto together = run(*model, pixels);
        for (std::size_t n = 0; n < 5; ++n) {
            const Pixels one(pixels.begin() + static_cast<std::ptrdiff_t>(n * 784),
                             pixels.begin() + static_cast<std::ptrdiff_t>((n + 1) * 784));
            const auto alone = run(*model, one);
            CPPUNIT_ASSERT(std::equal(alone.begin(), alone.end(),
                                      together.begin() + static_cast<std::ptrdiff_t>(n * 10)));
        }
    }

    void probabilities_sum_to_one() {
        auto parameters = random_network({784, 30, 10}, Activation::kRelu);
        for (float& w : parameters.layers.back().weight) w *= 1000;  // logits far from zero
        const auto model = Model::make(parameters);
        const auto probabilities = run(*model, random_pixels(4));
        for (std::size_t n = 0; n < 4; ++n) {
            float sum = 0;
            for (std::size_t d = 0; d < 10; ++d) sum += probabilities[n * 10 + d];
            CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0, static_cast<double>(sum), 1e-5);
        }
    }

    void a_temperature_softens_without_changing_the_order() {
        auto parameters = random_network({784, 30, 10}, Activation::kRelu);
        const auto sharp = run(*Model::make(parameters), random_pixels(1));
        parameters.metadata["temperature"] = "2.5";
        const auto soft = run(*Model::make(parameters), random_pixels(1));
        const auto best = std::max_element(sharp.begin(), sharp.end()) - sharp.begin();
        CPPUNIT_ASSERT_EQUAL(best, std::max_element(soft.begin(), soft.end()) - soft.begin());
        CPPUNIT_ASSERT(soft[static_cast<std::size_t>(best)] <
                       sharp[static_cast<std::size_t>(best)]);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NetworkTest);

}  // namespace
}  // namespace digit::test
