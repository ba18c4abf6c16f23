// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "libdigit/json_writer.h"

namespace digit::test {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
std::string written(const Value& value) {
    return JsonWriter().value(value).take();
}

}  // namespace

// What nlohmann's library writes and reads is the oracle.
class JsonWriterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonWriterTest);
    CPPUNIT_TEST(a_document_is_what_the_library_writes);
    CPPUNIT_TEST(texts_are_escaped_and_made_utf8);
    CPPUNIT_TEST(probabilities_are_as_short_as_can_be);
    CPPUNIT_TEST(four_decimals_are_the_library_s);
    CPPUNIT_TEST(every_float_reads_back_as_itself);
    CPPUNIT_TEST(whole_numbers_of_every_size);
    CPPUNIT_TEST_SUITE_END();

    void a_document_is_what_the_library_writes() {
        JsonWriter json;
        json.begin_object().member("a", 1).member("b \"c\"", "d");
        json.key("none").begin_array().end_array();
        json.key("empty").begin_object().end_object();
        json.key("list").begin_array().value(true).value(false).begin_object();
        json.member("x", 0.5f).end_object().begin_array().value(std::string("é")).end_array();
        json.end_array().member("last", -7).end_object();
        const Json expected = {
            {"a", 1},
            {"b \"c\"", "d"},
            {"none", Json::array()},
            {"empty", Json::object()},
            {"list", Json::array({true, false, {{"x", 0.5f}}, Json::array({"é"})})},
            {"last", -7}};
        CPPUNIT_ASSERT_EQUAL(expected.dump(), json.take());
    }

    void texts_are_escaped_and_made_utf8() {
        std::mt19937 random(5);
        std::vector<std::string> texts = {"",      "plain",        "\"\\/\b\f\n\r\t",
                                          "28×28", "\x7f",         "\xff",
                                          "a\xc3", "\xed\xa0\x80", std::string("\0x", 2)};
        for (int i = 0; i < 2000; ++i) {
            std::string text;
            for (std::size_t n = random() % 9; n > 0; --n)
                text += static_cast<char>(random() % 256);
            texts.push_back(text);
        }
        for (const std::string& text : texts)
            CPPUNIT_ASSERT_EQUAL(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace),
                                 written(text));
    }

    // The library's are at times longer: 0.0028769999999999998.
    void probabilities_are_as_short_as_can_be() {
        for (int i = 0; i <= 1'000'000; i += 7) {
            const std::string text = written(i / 1e6);
            CPPUNIT_ASSERT_EQUAL(i / 1e6, Json::parse(text).get<double>());
            CPPUNIT_ASSERT_MESSAGE(text, text.size() <= std::strlen("0.123456"));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("0.002877"), written(0.002877));
        CPPUNIT_ASSERT_EQUAL(std::string("0.0001"), written(0.0001));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), written(1.0));
        CPPUNIT_ASSERT_EQUAL(std::string("0.0"), written(0.0f));
        CPPUNIT_ASSERT_EQUAL(std::string("1e-06"), written(1e-6));
    }

    void four_decimals_are_the_library_s() {
        std::vector<float> probabilities = {0, 1, 0.5f, 0.00005f, 0.99995f, 0.1f, 0.25f, 1e-30f};
        std::mt19937 random(7);
        for (int i = 0; i < 20'000; ++i)
            probabilities.push_back(static_cast<float>(random()) / 4294967296.0f);
        for (const float p : probabilities) {
            const double rounded = std::round(static_cast<double>(p) * 1e4) / 1e4;
            CPPUNIT_ASSERT_EQUAL(Json(rounded).dump(), written(FourDecimals(p)));
            char text[16];
            std::snprintf(text, sizeof text, "%.4f", rounded);
            CPPUNIT_ASSERT_EQUAL(std::string(text), std::string(FourDecimals(p).fixed()));
        }
    }

    void every_float_reads_back_as_itself() {
        std::mt19937 random(6);
        for (int i = 0; i < 20'000; ++i) {
            const auto bits = static_cast<std::uint32_t>(random());
            const auto number = std::bit_cast<float>(bits);
            if (!std::isfinite(number)) continue;
            CPPUNIT_ASSERT_EQUAL(number, Json::parse(written(number)).get<float>());
        }
    }

    void whole_numbers_of_every_size() {
        using Least = std::numeric_limits<std::int64_t>;
        using Most = std::numeric_limits<std::uint64_t>;
        CPPUNIT_ASSERT_EQUAL(std::string("-9223372036854775808"), written(Least::min()));
        CPPUNIT_ASSERT_EQUAL(std::string("18446744073709551615"), written(Most::max()));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), written(0u));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonWriterTest);

}  // namespace digit::test
