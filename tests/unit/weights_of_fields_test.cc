// SPDX-License-Identifier: Apache-2.0
// Layers with receptive fields in weights files: the weights inside them alone, or all with zeros.
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libdigit/weights_file.h"
#include "tests/unit/refusal.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

using Json = nlohmann::json;

constexpr WeightsDtype kDtypes[] = {WeightsDtype::kF32, WeightsDtype::kI8};

std::span<const std::uint8_t> bytes_of(const std::string& file) {
    return {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
}

// The first layer's units see squares of 12 × 12 pixels, the second's squares of 2 × 2 of these.
// first_units: a multiple of 9; second_units: of 4.
NetworkParameters network_of(int first_units, int second_units, Activation activation) {
    auto network =
        network_with_fields({{12, 8}, {2, 1}}, {784, first_units, second_units, 10}, activation);
    round_to_bytes(network);  // so that every dtype here has them to the bit
    return network;
}

Json header_of(const std::string& file) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), 8);
    return Json::parse(file.substr(8, static_cast<std::size_t>(length)));
}

class WeightsOfFieldsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WeightsOfFieldsTest);
    CPPUNIT_TEST(a_file_has_what_is_seen_in_the_order_of_the_inputs);
    CPPUNIT_TEST(either_file_is_read_back_to_the_bit);
    CPPUNIT_TEST(either_file_is_packed_to_the_same_bytes);
    CPPUNIT_TEST(what_lies_outside_a_field_is_not_lost_by_writing);
    CPPUNIT_TEST(columns_that_are_neither_make_no_chain);
    CPPUNIT_TEST(fields_that_cannot_be_are_what_is_refused);
    CPPUNIT_TEST(columns_that_are_not_the_fields_make_no_model);
    CPPUNIT_TEST(what_was_packed_of_either_file_is_adopted);
    CPPUNIT_TEST(a_small_file_of_a_vast_network_is_refused);
    CPPUNIT_TEST_SUITE_END();

    // By the zeros that it leaves out, not by the grid.
    void a_file_has_what_is_seen_in_the_order_of_the_inputs() {
        const auto network = network_of(144, 8, Activation::kRelu);
        const std::string file = serialise_weights(network, WeightsDtype::kF32);
        const Json header = header_of(file);
        CPPUNIT_ASSERT_EQUAL(std::string("[144,144]"), header["layers.0.weight"]["shape"].dump());
        CPPUNIT_ASSERT_EQUAL(std::string("[8,64]"), header["layers.1.weight"]["shape"].dump());
        CPPUNIT_ASSERT_EQUAL(std::string("[10,8]"), header["layers.2.weight"]["shape"].dump());
        CPPUNIT_ASSERT_EQUAL(std::string("784-144-8-10"),
                             header["__metadata__"]["architecture"].get<std::string>());
        const auto view = view_weights(bytes_of(file));
        CPPUNIT_ASSERT(view.ok());
        for (std::size_t l = 0; l < 2; ++l) {
            const LayerView& layer = view->layers[l];
            CPPUNIT_ASSERT_EQUAL(network.layers[l].inputs, layer.inputs);
            std::vector<float> written(layer.weight.size());
            layer.read_weights(0, written);
            CPPUNIT_ASSERT(without_zeros(network.layers[l].weight) == without_zeros(written));
        }
    }

    static std::vector<float> without_zeros(std::vector<float> weights) {
        std::erase(weights, 0.0f);
        return weights;
    }

    void either_file_is_read_back_to_the_bit() {
        for (const WeightsDtype dtype : kDtypes) {
            auto network = network_of(144, 8, Activation::kRelu);
            add_early_exit(network, 4, 1);
            round_to_bytes(network);
            const std::string small = serialise_weights(network, dtype);
            const std::string large = file_with_zeros(network, dtype);
            CPPUNIT_ASSERT(small.size() < large.size() / 3);
            for (const std::string& file : {small, large}) {
                const auto back = parse_weights(bytes_of(file));
                CPPUNIT_ASSERT(back.ok());
                CPPUNIT_ASSERT(same_layers(network, *back));
                CPPUNIT_ASSERT_EQUAL(small.size(), serialise_weights(*back, dtype).size());
            }
        }
    }

    // Windows of several fields and of parts of one; of units that no window takes (10 channels);
    // where the sums of what is packed matter (tanh).
    void either_file_is_packed_to_the_same_bytes() {
        for (const Activation activation : {Activation::kRelu, Activation::kTanh})
            for (const auto& [first, second] :
                 std::vector<std::pair<int, int>>{{144, 8}, {144, 400}, {90, 72}})
                for (const WeightsDtype dtype : kDtypes) {
                    const auto network = network_of(first, second, activation);
                    const std::string small = serialise_weights(network, dtype);
                    const std::string large = file_with_zeros(network, dtype);
                    const auto of_small = Model::make(*view_weights(bytes_of(small)));
                    const auto of_large = Model::make(*view_weights(bytes_of(large)));
                    CPPUNIT_ASSERT(of_small.ok() && of_large.ok());
                    CPPUNIT_ASSERT(std::ranges::equal(of_large->packed(), of_small->packed()));
                }
    }

    // It is refused by whoever reads it, which is better than another network.
    void what_lies_outside_a_field_is_not_lost_by_writing() {
        auto network = network_of(144, 8, Activation::kRelu);
        network.layers[1].weight[5 * 144] = 1;
        const std::string file = serialise_weights(network, WeightsDtype::kF32);
        const Json header = header_of(file);
        CPPUNIT_ASSERT_EQUAL(std::string("[144,144]"), header["layers.0.weight"]["shape"].dump());
        CPPUNIT_ASSERT_EQUAL(std::string("[8,144]"), header["layers.1.weight"]["shape"].dump());
        const auto model = Model::make(*view_weights(bytes_of(file)));
        CPPUNIT_ASSERT(!model.ok());
        assert_refusal("outside", model.status(), Code::kWeightsValue, "layers.1.weight",
                       "is not zero outside the receptive field of unit 5");
    }

    void columns_that_are_neither_make_no_chain() {
        auto network = network_of(144, 8, Activation::kRelu);
        std::string file = serialise_weights(network, WeightsDtype::kF32);
        // Fields of 11 × 11 pixels, on a grid of as many.
        file.replace(file.find("12,8"), 4, "11,8");
        const auto parsed = parse_weights(bytes_of(file));
        const auto model = Model::make(*view_weights(bytes_of(file)));
        CPPUNIT_ASSERT(!parsed.ok() && !model.ok());
        for (const Status& status : {parsed.status(), model.status()})
            assert_refusal("neither", status, Code::kWeightsChain, "layers.0.weight",
                           "takes 144 inputs, but is given 784");
    }

    // Not as if the layer had lost its other columns.
    void fields_that_cannot_be_are_what_is_refused() {
        for (const auto& [fields, detail] : std::vector<std::pair<const char*, const char*>>{
                 {"12;8", "is no size and stride, such as 10,3, or several, such as 5,2/4,2"},
                 {"12,5", "makes 16 fields, among which the 18 units of layer 0 cannot be divided"},
             }) {
            std::string file =
                serialise_weights(network_with_fields({{12, 8}}, {784, 18, 10}, Activation::kRelu),
                                  WeightsDtype::kI8);
            file.replace(file.find("12,8"), 4, fields);
            for (const Status& status :
                 {view_weights(bytes_of(file)).status(), parse_weights(bytes_of(file)).status()})
                assert_refusal(fields, status, Code::kWeightsMetadata, "receptive_field", detail);
        }
    }

    // Which no file's view has: more than a field and fewer, and where there are no fields.
    void columns_that_are_not_the_fields_make_no_model() {
        auto network = network_of(144, 8, Activation::kRelu);
        add_early_exit(network, 4, 1);
        const std::string file = serialise_weights(network, WeightsDtype::kF32);
        for (const auto& [fields, where, inputs] :
             std::vector<std::tuple<const char*, const char*, int>>{
                 {"11,8/2,1", "layers.0.weight", 144},
                 {"13,7/2,1", "layers.0.weight", 144},
                 {"12,8/3,1", "layers.1.weight", 64},
                 {"12,8", "layers.1.weight", 64},
                 {"12,8/2,1", "early_exit.0.weight", 5},
             }) {
            auto view = view_weights(bytes_of(file));
            CPPUNIT_ASSERT(view.ok() && Model::make(*view).ok());
            view->metadata["receptive_field"] = fields;
            LayerView& exit = view->early_exit[0];
            if (inputs == 5) {
                exit.inputs_seen = 5;
                exit.weight.bytes = exit.weight.bytes.first(4 * 5 * sizeof(float));
            }
            const auto model = Model::make(*view);
            CPPUNIT_ASSERT(!model.ok());
            const std::string detail = "has the weights of " + std::to_string(inputs) +
                                       " inputs for each output, which its receptive field has not";
            assert_refusal(fields, model.status(), Code::kWeightsTensor, where, detail.c_str());
        }
    }

    void what_was_packed_of_either_file_is_adopted() {
        const auto network = network_of(144, 8, Activation::kRelu);
        const std::string small = serialise_weights(network, WeightsDtype::kI8);
        const std::string large = file_with_zeros(network, WeightsDtype::kI8);
        auto made = Model::make(*view_weights(bytes_of(large)));
        const auto again = Model::make(*view_weights(bytes_of(small)));
        CPPUNIT_ASSERT(made.ok() && again.ok());
        const auto adopted =
            Model::adopt(*view_verified_weights(bytes_of(small)), made->release_packed());
        CPPUNIT_ASSERT(adopted.ok());
        CPPUNIT_ASSERT(std::ranges::equal(again->packed(), adopted->packed()));
    }

    // 6 MB, of which 4 GB would be packed: 83 channels of 784 fields, which no window takes.
    void a_small_file_of_a_vast_network_is_refused() {
        constexpr int kUnits = 784 * 83;
        const std::vector<std::uint8_t> zeros(std::size_t{kUnits} * 83);
        const auto whole = [&](int inputs, int outputs, int seen) {
            const auto count = static_cast<std::size_t>(outputs);
            const std::span<const std::uint8_t> all(zeros);
            return LayerView{inputs,
                             outputs,
                             {Dtype::kI8, all.first(count * static_cast<std::size_t>(seen))},
                             {Dtype::kF32, all.first(count * 4)},
                             {Dtype::kF32, all.first(count * 4)},
                             seen};
        };
        WeightsView view{Activation::kRelu,
                         {whole(784, kUnits, 1), whole(kUnits, kUnits, 83)},
                         {{"receptive_field", "1,1/1,1"}}};
        view.layers.push_back(whole(kUnits, 10, kUnits));
        view.layers.back().inputs_seen = 0;
        const auto model = Model::make(view);
        CPPUNIT_ASSERT(!model.ok());
        assert_refusal("vast", model.status(), Code::kWeightsTensor, "",
                       "the layers have 4286032352 weights, zeros outside receptive fields "
                       "included; 268435456 are possible");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WeightsOfFieldsTest);

}  // namespace
}  // namespace digit::test
