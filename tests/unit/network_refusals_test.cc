// SPDX-License-Identifier: Apache-2.0
// Why a network makes no model: each reason with its code and its words.
#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/network.h"
#include "tests/unit/refusal.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

NetworkParameters small() { return random_network({784, 3, 10}, Activation::kTanh); }

struct NetworkRow {
    Code code;
    const char* where;
    const char* detail;
    std::function<void(NetworkParameters&)> spoil;  // a good network of 784-3-10
};

std::vector<NetworkRow> network_rows() {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    const auto stated = [](const char* key, const char* value) {
        return [=](NetworkParameters& p) { p.metadata[key] = value; };
    };
    const auto spoilt_exit = [](const std::function<void(NetworkParameters&)>& spoil) {
        return [=](NetworkParameters& p) {
            p = random_network({784, 3, 5, 10}, Activation::kRelu);
            add_early_exit(p, 4, 1);
            spoil(p);
        };
    };
    return {
        {Code::kWeightsChain, "", "there are no layers",
         [](NetworkParameters& p) { p.layers.clear(); }},
        {Code::kWeightsChain, "layers.0.weight", "takes 783 inputs, but is given 784",
         [](NetworkParameters& p) { p.layers[0].inputs = 783; }},
        {Code::kWeightsChain, "layers.1.weight", "takes 4 inputs, but is given 3",
         [](NetworkParameters& p) { p.layers[1].inputs = 4; }},
        {Code::kWeightsChain, "layers.0.weight", "has 0 outputs; 1 to 65536 are possible",
         [](NetworkParameters& p) { p.layers[0].outputs = 0; }},
        {Code::kWeightsChain, "layers.0.weight", "has 65537 outputs; 1 to 65536 are possible",
         [](NetworkParameters& p) { p.layers[0].outputs = 65537; }},
        {Code::kWeightsTensor, "layers.0.weight", "holds another number of values than its shape",
         [](NetworkParameters& p) { p.layers[0].weight.pop_back(); }},
        {Code::kWeightsChain, "layers.0.bias", "has 2 values for 3 outputs",
         [](NetworkParameters& p) { p.layers[0].bias.pop_back(); }},
        {Code::kWeightsValue, "layers.0.weight", "holds a NaN or an infinity",
         [](NetworkParameters& p) { p.layers[0].weight[9] = kNan; }},
        {Code::kWeightsValue, "layers.1.bias", "holds a NaN or an infinity",
         [](NetworkParameters& p) {
             p.layers[1].bias[9] = std::numeric_limits<float>::infinity();
         }},
        {Code::kWeightsChain, "layers.0.weight", "has 3 outputs; the last layer must have 10",
         [](NetworkParameters& p) { p.layers.pop_back(); }},
        {Code::kWeightsChain, "early_exit", "has 1 layers; it must have two",
         spoilt_exit([](NetworkParameters& p) { p.early_exit.pop_back(); })},
        {Code::kWeightsChain, "early_exit",
         "spares nothing: it belongs to a network of relu with two hidden layers or more",
         spoilt_exit([](NetworkParameters& p) { p.activation = Activation::kTanh; })},
        {Code::kWeightsChain, "early_exit",
         "spares nothing: it belongs to a network of relu with two hidden layers or more",
         [](NetworkParameters& p) {
             p.activation = Activation::kRelu;
             add_early_exit(p, 4, 1);
         }},
        {Code::kWeightsChain, "early_exit.0.weight", "takes 4 inputs, but is given 3",
         spoilt_exit([](NetworkParameters& p) { p.early_exit[0].inputs = 4; })},
        {Code::kWeightsChain, "early_exit.1.weight", "has 9 outputs; the last layer must have 10",
         spoilt_exit([](NetworkParameters& p) {
             p.early_exit[1].outputs = 9;
             p.early_exit[1].weight.resize(9 * 4);
             p.early_exit[1].bias.resize(9);
         })},
        {Code::kWeightsValue, "early_exit.1.weight", "holds a NaN or an infinity",
         spoilt_exit([](NetworkParameters& p) { p.early_exit[1].weight[7] = kNan; })},
        {Code::kWeightsMetadata, "early_exit_above", "is not a number from 0.500000 to 1.000000",
         stated("early_exit_above", "0.4")},
        {Code::kWeightsMetadata, "temperature", "is not a number from 0.010000 to 100.000000",
         stated("temperature", "")},
        {Code::kWeightsMetadata, "temperature", "is not a number from 0.010000 to 100.000000",
         stated("temperature", "0")},
        {Code::kWeightsMetadata, "temperature", "is not a number from 0.010000 to 100.000000",
         stated("temperature", "1e9")},
        {Code::kWeightsMetadata, "temperature", "is not a number from 0.010000 to 100.000000",
         stated("temperature", "1.0x")},
        {Code::kWeightsMetadata, "uncertain_below", "is not a number from 0.000000 to 1.000000",
         stated("uncertain_below", "nan")},
        {Code::kWeightsMetadata, "receptive_field",
         "is no size and stride, such as 10,3, or several, such as 5,2/4,2",
         stated("receptive_field", "10")},
        {Code::kWeightsMetadata, "receptive_field",
         "makes 9 fields, among which the 3 units of layer 0 cannot be divided",
         stated("receptive_field", "12,8")},
        {Code::kWeightsMetadata, "receptive_field",
         "is larger than the 1 places a side that layer 1 sees",
         stated("receptive_field", "28,1/2,1")},
        {Code::kWeightsMetadata, "receptive_field", "is of 3 layers; there are 2",
         stated("receptive_field", "28,1/1,1/1,1")},
        {Code::kWeightsValue, "layers.1.weight",
         "is not zero outside the receptive field of unit 5",
         [](NetworkParameters& p) {
             p = network_with_fields({{12, 8}, {2, 1}}, {784, 144, 8, 10}, Activation::kRelu);
             p.layers[1].weight[5 * 144] = 1e-20f;
         }},
        {Code::kWeightsValue, "layers.0.weight",
         "is not zero outside the receptive field of unit 0", stated("receptive_field", "20,28")},
        // Within the window that all 64 units of its line have together.
        {Code::kWeightsValue, "layers.0.weight",
         "is not zero outside the receptive field of unit 17",
         [](NetworkParameters& p) {
             p = network_with_fields({{12, 8}}, {784, 18, 10}, Activation::kRelu);
             p.layers[0].weight[17 * 784] = 1e-20f;
         }},
        {Code::kWeightsValue, "", "the weights are so large that the network's sums overflow",
         [](NetworkParameters& p) {
             for (DenseLayer& layer : p.layers)
                 for (float& weight : layer.weight) weight = 3e38f;
             p.activation = Activation::kRelu;
         }},
        {Code::kWeightsValue, "", "the weights are so large that the network's sums overflow",
         [](NetworkParameters& p) {
             for (float& weight : p.layers[1].weight) weight = 3e38f;
             p.layers[1].bias.assign(10, 3e38f);
             p.layers[0].bias.assign(3, 100.0f);  // of a tanh: 1, whatever the picture
         }},
    };
}

}  // namespace

class NetworkRefusalsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(NetworkRefusalsTest);
    CPPUNIT_TEST(each_network_that_cannot_serve_is_refused_with_its_code_and_its_words);
    CPPUNIT_TEST(a_whole_number_outside_its_field_is_refused_too);
    CPPUNIT_TEST(each_scale_that_cannot_serve_is_refused_with_its_code_and_its_words);
    CPPUNIT_TEST(a_picture_whose_sums_overflow_gets_a_tenth_for_each_digit);
    CPPUNIT_TEST_SUITE_END();

    void each_network_that_cannot_serve_is_refused_with_its_code_and_its_words() {
        CPPUNIT_ASSERT(Model::make(small()).ok());
        for (const NetworkRow& row : network_rows()) {
            NetworkParameters parameters = small();
            row.spoil(parameters);
            const auto model = Model::make(parameters);
            CPPUNIT_ASSERT_MESSAGE(row.detail, !model.ok());
            assert_refusal(row.detail, model.status(), row.code, row.where, row.detail);
        }
    }

    void a_whole_number_outside_its_field_is_refused_too() {
        auto parameters = network_with_fields({{12, 8}}, {784, 18, 10}, Activation::kRelu);
        CPPUNIT_ASSERT(model_of_whole_numbers(parameters).ok());
        parameters.layers[0].weight[17 * 784] = 1;
        const auto model = model_of_whole_numbers(parameters);
        CPPUNIT_ASSERT(!model.ok());
        assert_refusal("whole number", model.status(), Code::kWeightsValue, "layers.0.weight",
                       "is not zero outside the receptive field of unit 17");
    }

    void each_scale_that_cannot_serve_is_refused_with_its_code_and_its_words() {
        const std::vector<std::uint8_t> weights(3 * 10);
        for (const auto& [code, detail, scales] :
             std::vector<std::tuple<Code, const char*, std::vector<float>>>{
                 {Code::kOk, "", std::vector<float>(10, 0.0f)},
                 {Code::kWeightsChain, "has 9 values for 10 outputs", std::vector<float>(9, 1.0f)},
                 {Code::kWeightsValue, "holds a NaN or an infinity",
                  std::vector<float>(10, std::nanf(""))},
             }) {
            NetworkParameters parameters = small();
            WeightsView view = view_of(parameters);
            LayerView& layer = view.layers[1];
            layer.weight = {Dtype::kI8, weights};
            layer.scale = {Dtype::kF32,
                           {reinterpret_cast<const std::uint8_t*>(scales.data()),
                            scales.size() * sizeof(float)}};
            const auto model = Model::make(view);
            CPPUNIT_ASSERT_EQUAL(code == Code::kOk, model.ok());
            if (!model.ok()) assert_refusal(detail, model.status(), code, "layers.1.scale", detail);
        }
    }

    // Neither a blank picture nor one all of ink shows it, for which the large weights cancel out.
    void a_picture_whose_sums_overflow_gets_a_tenth_for_each_digit() {
        NetworkParameters parameters = random_network({784, 10}, Activation::kRelu);
        parameters.layers[0].weight[0] = parameters.layers[0].weight[1] = 3e38f;
        parameters.layers[0].weight[2] = parameters.layers[0].weight[3] = -3e38f;
        const auto model = Model::make(parameters);
        CPPUNIT_ASSERT(model.ok());
        std::vector<std::uint8_t> pixels(kInputPixels);
        pixels[0] = pixels[1] = 255;
        std::vector<float> probabilities(kDigits);
        forward(*model, pixels, 1, probabilities);
        CPPUNIT_ASSERT(probabilities == std::vector<float>(kDigits, 0.1f));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NetworkRefusalsTest);

}  // namespace digit::test
