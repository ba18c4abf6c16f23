// SPDX-License-Identifier: Apache-2.0
// Weights rounded to whole numbers of 8 bits, and the files that hold them.
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "libdigit/weights_file.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

using Json = nlohmann::json;

std::span<const std::uint8_t> bytes_of(const std::string& file) {
    return {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
}

class WholeNumbersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WholeNumbersTest);
    CPPUNIT_TEST(whole_numbers_are_the_nearest_and_survive_to_the_bit);
    CPPUNIT_TEST(whole_numbers_of_what_is_not_finite_make_no_model);
    CPPUNIT_TEST(a_file_of_whole_numbers_has_its_floats_first);
    CPPUNIT_TEST_SUITE_END();

    void whole_numbers_are_the_nearest_and_survive_to_the_bit() {
        auto parameters = random_network({784, 70, 10}, Activation::kRelu);
        std::fill_n(parameters.layers[0].weight.begin(), 784, 0.0f);  // an output without weights
        for (std::size_t i = 784; i < 2 * 784; ++i) parameters.layers[0].weight[i] *= 1e-25f;
        auto rounded = parameters;
        round_to_bytes(rounded);
        for (std::size_t l = 0; l < parameters.layers.size(); ++l)
            check_rounded(parameters.layers[l], rounded.layers[l]);
        const std::string file = serialise_weights(rounded, WeightsDtype::kI8);
        CPPUNIT_ASSERT_EQUAL(file, serialise_weights(parameters, WeightsDtype::kI8));
        auto back = parse_weights(bytes_of(file));
        CPPUNIT_ASSERT(back.ok());
        CPPUNIT_ASSERT(same_layers(rounded, *back));
        round_to_bytes(*back);
        CPPUNIT_ASSERT(same_layers(rounded, *back));
    }

    // A network that has diverged is refused as one of floats is.
    void whole_numbers_of_what_is_not_finite_make_no_model() {
        for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
            auto parameters = random_network({784, 70, 10}, Activation::kRelu);
            parameters.layers[1].weight[75] = bad;
            const auto model = model_of_whole_numbers(parameters);
            CPPUNIT_ASSERT(!model.ok() && model.status().code == Code::kWeightsValue);
        }
    }

    static void check_rounded(const DenseLayer& exact, const DenseLayer& rounded) {
        CPPUNIT_ASSERT(exact.bias == rounded.bias);
        const auto inputs = static_cast<std::size_t>(exact.inputs);
        for (std::size_t first = 0; first < exact.weight.size(); first += inputs) {
            float largest = 0;
            for (std::size_t i = first; i < first + inputs; ++i)
                largest = std::max(largest, std::fabs(exact.weight[i]));
            const float step = largest / 127 * (1 + 0x1p-16f);
            for (std::size_t i = first; i < first + inputs; ++i)
                CPPUNIT_ASSERT(std::fabs(exact.weight[i] - rounded.weight[i]) <= step * 0.5001f);
        }
    }

    void a_file_of_whole_numbers_has_its_floats_first() {
        const std::string file =
            serialise_weights(random_network({784, 3, 10}, Activation::kTanh), WeightsDtype::kI8);
        std::uint64_t length = 0;
        std::memcpy(&length, file.data(), 8);
        const Json header = Json::parse(file.substr(8, static_cast<std::size_t>(length)));
        for (const auto& [name, tensor] : header.items()) {
            if (name == "__metadata__") continue;
            const bool matrix = name.ends_with(".weight");
            CPPUNIT_ASSERT_EQUAL(std::string(matrix ? "I8" : "F32"),
                                 tensor["dtype"].get<std::string>());
            if (!matrix) CPPUNIT_ASSERT_EQUAL(0, tensor["data_offsets"][0].get<int>() % 4);
            if (!matrix)
                CPPUNIT_ASSERT(tensor["data_offsets"][1] <=
                               header["layers.0.weight"]["data_offsets"][0]);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WholeNumbersTest);

}  // namespace
}  // namespace digit::test
