// SPDX-License-Identifier: Apache-2.0
#include "libdigit/pack_layer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "libdigit/half.h"
#include "libdigit/model.h"
#include "libdigit/network.h"
#include "libdigit/weights_file.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

// The number that 16 bits stand for, by the definition of IEEE 754 binary16.
double half_by_definition(int bits) {
    const int exponent = bits >> 10 & 31;
    const int mantissa = bits & 1023;
    const double magnitude =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
    return bits >> 15 != 0 ? -magnitude : magnitude;
}

template <class T>
std::vector<std::uint8_t> bytes_of(const std::vector<T>& values) {
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

// One weight's code as model.h describes it, by the C library's rounding.
int code_by_definition(float weight, float scale) {
    if (scale == 0) return 0;
    const double exact = static_cast<double>(weight) / static_cast<double>(scale) * 256;
    return static_cast<int>(std::lrint(std::clamp(exact, -127.0 * 256, 127.0 * 256)));
}

class PackLayerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PackLayerTest);
    CPPUNIT_TEST(every_half_is_what_its_definition_says);
    CPPUNIT_TEST(values_of_every_dtype_are_read_from_any_place);
    CPPUNIT_TEST(what_is_not_finite_is_found_in_every_dtype);
    CPPUNIT_TEST(every_weight_is_packed_as_its_definition_says);
    CPPUNIT_TEST(whole_numbers_are_packed_as_they_are);
    CPPUNIT_TEST(a_bias_after_tanh_takes_off_what_zero_adds);
    CPPUNIT_TEST(fields_take_no_more_room_than_their_windows);
    CPPUNIT_TEST(fields_of_fields_take_no_more_room_than_their_windows);
    CPPUNIT_TEST(what_was_packed_before_is_adopted_to_the_bit);
    CPPUNIT_TEST(what_is_too_short_or_too_long_is_not_adopted);
    CPPUNIT_TEST_SUITE_END();

    void every_half_is_what_its_definition_says() {
        for (int bits = 0; bits < 65536; ++bits) {
            const float value = float_from_half(static_cast<std::uint16_t>(bits));
            if ((bits >> 10 & 31) == 31) {
                CPPUNIT_ASSERT_EQUAL((bits & 1023) != 0, std::isnan(value));
                CPPUNIT_ASSERT_EQUAL((bits & 1023) == 0, std::isinf(value));
            } else {
                CPPUNIT_ASSERT_EQUAL(half_by_definition(bits), static_cast<double>(value));
            }
            CPPUNIT_ASSERT_EQUAL(bits >> 15 != 0, std::signbit(value));
        }
    }

    void values_of_every_dtype_are_read_from_any_place() {
        const std::vector<float> numbers{0, -1.5f, 3, 0.25f, -65504};
        const std::vector<std::uint16_t> halves{0, 0xbe00, 0x4200, 0x3400, 0xfbff};
        const std::vector<std::uint16_t> brain{0, 0xbfc0, 0x4040, 0x3e80};
        check_read(Dtype::kF32, bytes_of(numbers), numbers);
        check_read(Dtype::kF16, bytes_of(halves), numbers);
        check_read(Dtype::kI8, {0, 1, 127, 128, 255}, {0, 1, 127, -128, -1});
        check_read(Dtype::kBf16, bytes_of(brain), {numbers.begin(), numbers.end() - 1});
    }

    static void check_read(Dtype dtype, const std::vector<std::uint8_t>& bytes,
                           const std::vector<float>& expected) {
        std::vector<std::uint8_t> shifted{0};  // so that nothing is aligned
        shifted.insert(shifted.end(), bytes.begin(), bytes.end());
        const TensorValues values{dtype, std::span<const std::uint8_t>(shifted).subspan(1)};
        CPPUNIT_ASSERT_EQUAL(expected.size(), values.size());
        std::vector<float> read(expected.size());
        values.read(0, read);
        CPPUNIT_ASSERT(read == expected);
        read.resize(2);
        values.read(1, read);
        CPPUNIT_ASSERT(std::equal(read.begin(), read.end(), expected.begin() + 1));
        CPPUNIT_ASSERT(values.all_finite());
    }

    void what_is_not_finite_is_found_in_every_dtype() {
        const float infinity = std::numeric_limits<float>::infinity();
        for (const float bad : {std::nanf(""), infinity, -infinity}) {
            const auto floats = bytes_of(std::vector<float>{0, 1, bad});
            CPPUNIT_ASSERT(!(TensorValues{Dtype::kF32, floats}).all_finite());
            const auto halves = bytes_of(std::vector<std::uint16_t>{0, half_from_float(bad), 1});
            CPPUNIT_ASSERT(!(TensorValues{Dtype::kF16, halves}).all_finite());
        }
        for (const std::uint16_t bad : std::vector<std::uint16_t>{0x7f80, 0xff80, 0x7fc0}) {
            const auto brain = bytes_of(std::vector<std::uint16_t>{bad, 0, 1});
            CPPUNIT_ASSERT(!(TensorValues{Dtype::kBf16, brain}).all_finite());
        }
    }

    // Widths that are and are not whole tiles; an output without weights; the smallest numbers.
    void every_weight_is_packed_as_its_definition_says() {
        for (const int width : {3, 64, 70, 130}) {
            NetworkParameters network = random_network({784, width, 10}, Activation::kRelu);
            auto& weights = network.layers[0].weight;
            std::fill_n(weights.begin(), 784, 0.0f);
            for (std::size_t i = 784; i < 2 * 784; ++i) weights[i] *= 1e-42f;
            const auto model = Model::make(network);
            CPPUNIT_ASSERT(model.ok());
            for (std::size_t l = 0; l < network.layers.size(); ++l)
                check_packed(network.layers[l], model->layers()[l]);
        }
    }

    static void check_packed(const DenseLayer& from, const Model::Layer& packed) {
        CPPUNIT_ASSERT_EQUAL(0, packed.stride % 64);
        for (int o = 0; o < packed.stride; ++o) {
            const auto first = from.weight.begin() + std::ptrdiff_t{o} * from.inputs;
            float largest = 0;
            if (o < from.outputs)
                for (int i = 0; i < from.inputs; ++i)
                    largest = std::max(largest, std::fabs(first[i]));
            CPPUNIT_ASSERT_EQUAL(largest / 127, packed.scale[o]);
            for (int i = 0; i < from.inputs; ++i) {
                const std::ptrdiff_t at = std::ptrdiff_t{i} * packed.stride + o;
                const int code =
                    o < from.outputs ? code_by_definition(first[i], packed.scale[o]) : 0;
                CPPUNIT_ASSERT_EQUAL(code, packed.high[at] * 256 + packed.low[at]);
                CPPUNIT_ASSERT(packed.high[at] >= -127);
            }
            CPPUNIT_ASSERT_EQUAL(o < from.outputs ? from.bias[static_cast<std::size_t>(o)] : 0.0f,
                                 packed.bias[o]);
        }
    }

    // After a tanh too, where the sum of the codes matters.
    void whole_numbers_are_packed_as_they_are() {
        for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
            NetworkParameters network = random_network({784, 70, 10}, activation);
            round_to_bytes(network);
            const auto floats = Model::make(network);
            const auto model = model_of_whole_numbers(network);
            CPPUNIT_ASSERT(floats.ok() && model.ok());
            CPPUNIT_ASSERT(model->packed().size() < floats->packed().size() * 6 / 10);
            for (std::size_t l = 0; l < 2; ++l)
                check_whole(network.layers[l], floats->layers()[l], model->layers()[l]);
        }
    }

    static void check_whole(const DenseLayer& from, const Model::Layer& floats,
                            const Model::Layer& whole) {
        CPPUNIT_ASSERT(whole.low == nullptr);
        for (int o = 0; o < whole.outputs; ++o) {
            for (int i = 0; i < whole.inputs; ++i) {
                const std::ptrdiff_t at = std::ptrdiff_t{i} * whole.stride + o;
                CPPUNIT_ASSERT_EQUAL(from.weight[static_cast<std::size_t>(o * whole.inputs + i)],
                                     static_cast<float>(whole.high[at]) * whole.scale[o]);
            }
            CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(floats.bias[o]),
                                         static_cast<double>(whole.bias[o]), 1e-4);
        }
    }

    static Pages copy_of(std::span<const std::uint8_t> bytes, std::size_t size) {
        Pages copy(size);
        std::copy_n(bytes.begin(), std::min(size, bytes.size()), copy.bytes().begin());
        return copy;
    }

    // Two fields side by side or one below the other, 32 channels of each.
    void fields_take_no_more_room_than_their_windows() {
        const std::vector<FieldWindow> windows = windows_of({10, 3}, 1568);
        CPPUNIT_ASSERT_EQUAL(std::size_t{25}, windows.size());
        std::size_t pixels = 0;
        for (const FieldWindow& window : windows) {
            const std::size_t own = std::size_t{window.width} * window.height;
            CPPUNIT_ASSERT(own == 130 || (own == 100 && &window == &windows.back()));
            CPPUNIT_ASSERT_EQUAL(pixels * 64, std::size_t{window.offset});
            pixels += own;
        }
        const auto parameters = network_with_fields({{10, 3}}, {784, 1568, 10}, Activation::kRelu);
        const auto model = model_of_whole_numbers(parameters);
        CPPUNIT_ASSERT(model.ok());
        CPPUNIT_ASSERT_EQUAL(pixels * 64 + 1600 * 8 + 1568 * 64 + 64 * 8, model->packed().size());
    }

    // Four fields of 64 units, each of which sees four places of 16.
    void fields_of_fields_take_no_more_room_than_their_windows() {
        const auto model = model_of_whole_numbers(
            network_with_fields({{12, 8}, {2, 1}}, {784, 144, 256, 10}, Activation::kRelu));
        CPPUNIT_ASSERT(model.ok());
        const Model::Layer& layer = model->layers()[1];
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, layer.windows.size());
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{4 * 64 * 64 + 256 * 8},
                             model->layers()[2].high - layer.high);
        // Places of 5 are not found by marks: all zeros are kept.
        const auto dense = model_of_whole_numbers(
            network_with_fields({{12, 8}, {2, 1}}, {784, 45, 20, 10}, Activation::kRelu));
        CPPUNIT_ASSERT(dense.ok());
        CPPUNIT_ASSERT(dense->layers()[1].windows.empty());
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{45 * 64 + 64 * 8},
                             dense->layers()[2].high - dense->layers()[1].high);
    }

    void what_was_packed_before_is_adopted_to_the_bit() {
        for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
            NetworkParameters network =
                network_with_fields({{12, 8}, {2, 1}}, {784, 144, 32, 10}, activation);
            network.metadata.insert({{"temperature", "1.5"},
                                     {"uncertain_below", "0.75"},
                                     {"early_exit_above", "0.625"}});
            if (activation == Activation::kRelu) add_early_exit(network, 20, 3);
            const auto made = Model::make(network);
            CPPUNIT_ASSERT(made.ok());
            const auto adopted =
                Model::adopt(view_of(network), copy_of(made->packed(), made->packed().size()));
            CPPUNIT_ASSERT(adopted.ok());
            CPPUNIT_ASSERT(std::ranges::equal(made->packed(), adopted->packed()));
            CPPUNIT_ASSERT_EQUAL(made->architecture(), adopted->architecture());
            CPPUNIT_ASSERT_EQUAL(made->temperature(), adopted->temperature());
            CPPUNIT_ASSERT_EQUAL(made->uncertain_below(), adopted->uncertain_below());
            CPPUNIT_ASSERT_EQUAL(made->widest_layer(), adopted->widest_layer());
            CPPUNIT_ASSERT_EQUAL(0.625f, adopted->early_exit_above());
            CPPUNIT_ASSERT_EQUAL(network.early_exit.size(), adopted->early_exit().size());
            for (std::size_t i = 0; i < network.layers.size(); ++i) {
                const auto place = [i](const Model& model) {
                    const auto* start = reinterpret_cast<const std::int8_t*>(model.packed().data());
                    return model.layers()[i].high - start;
                };
                CPPUNIT_ASSERT_EQUAL(place(*made), place(*adopted));
            }
            std::vector<std::uint8_t> pixels(3 * 784);
            std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
            std::vector<float> ours(30), theirs(30);
            forward(*made, pixels, 3, ours);
            forward(*adopted, pixels, 3, theirs);
            CPPUNIT_ASSERT(ours == theirs);
        }
    }

    void what_is_too_short_or_too_long_is_not_adopted() {
        const NetworkParameters network = random_network({784, 70, 10}, Activation::kRelu);
        const auto made = Model::make(network);
        CPPUNIT_ASSERT(made.ok());
        for (const std::size_t size : {made->packed().size() - 1, made->packed().size() + 1}) {
            const auto adopted = Model::adopt(view_of(network), copy_of(made->packed(), size));
            CPPUNIT_ASSERT(!adopted.ok());
            CPPUNIT_ASSERT(adopted.status().code == Code::kWeightsTensor);
        }
        CPPUNIT_ASSERT(!Model::adopt(view_of(network), Pages()).ok());
    }

    void a_bias_after_tanh_takes_off_what_zero_adds() {
        const NetworkParameters network = random_network({784, 70, 10}, Activation::kTanh);
        const auto model = Model::make(network);
        CPPUNIT_ASSERT(model.ok());
        const Model::Layer& packed = model->layers()[1];
        for (int o = 0; o < packed.outputs; ++o) {
            double zero = 0;
            for (int i = 0; i < packed.inputs; ++i) {
                const std::ptrdiff_t at = std::ptrdiff_t{i} * packed.stride + o;
                zero += (packed.high[at] + packed.low[at] / 256.0) *
                        static_cast<double>(packed.scale[o] * Model::kTanhZero / Model::kTanhUnits);
            }
            const auto bias =
                static_cast<double>(network.layers[1].bias[static_cast<std::size_t>(o)]);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(bias - zero, static_cast<double>(packed.bias[o]), 1e-4);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PackLayerTest);

}  // namespace
}  // namespace digit::test
