// SPDX-License-Identifier: Apache-2.0
#include "libdigit/classify.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "mod_digit/upload.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

constexpr std::uint32_t kWidth = 40;
constexpr std::uint32_t kHeight = 50;

// A seven, black on white.
std::uint8_t grey_at(std::uint32_t x, std::uint32_t y) {
    const bool bar = y >= 10 && y < 14 && x >= 10 && x < 30;
    const bool stroke = y >= 14 && y < 42 && x + y / 2 >= 33 && x + y / 2 < 37;
    return bar || stroke ? 0 : 255;
}

Bytes png(std::uint32_t width, std::uint32_t height, const Bytes& grey, const Bytes& chunks) {
    Bytes rows;
    for (std::uint32_t y = 0; y < height; ++y) {
        rows.push_back(0);
        rows.insert(rows.end(), grey.begin() + y * width, grey.begin() + (y + 1) * width);
    }
    return png_signature() + png_header(width, height, 8, 0, false) + chunks +
           png_chunk("IDAT", zlib_compress(rows)) + png_chunk("IEND", {});
}

// The seven as a camera stores it that was held like this.
Bytes seven_stored_as(int orientation) {
    const bool across = orientation >= 5;
    const std::uint32_t width = across ? kHeight : kWidth;
    const std::uint32_t height = across ? kWidth : kHeight;
    Bytes grey;
    for (std::uint32_t row = 0; row < height; ++row)
        for (std::uint32_t column = 0; column < width; ++column) {
            std::uint32_t x = across ? row : column;
            std::uint32_t y = across ? column : row;
            if (orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7)
                x = kWidth - 1 - x;
            if (orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8)
                y = kHeight - 1 - y;
            grey.push_back(grey_at(x, y));
        }
    const Bytes app1 = exif_app1(orientation);
    return png(width, height, grey, png_chunk("eXIf", Bytes(app1.begin() + 6, app1.end())));
}

// A dark bar and a light one on grey: either may be the ink.
Bytes both_polarities() {
    Bytes grey(kWidth * kHeight, 128);
    for (std::uint32_t y = 10; y < 40; ++y) {
        std::fill_n(grey.begin() + y * kWidth + 10, 5, std::uint8_t{20});
        std::fill_n(grey.begin() + y * kWidth + 26, 5, std::uint8_t{236});
    }
    return grey;
}

Model model() {
    auto made = Model::make(random_network({784, 32, 10}, Activation::kRelu));
    CPPUNIT_ASSERT(made.ok());
    return std::move(*made);
}

}  // namespace

class ClassifyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClassifyTest);
    CPPUNIT_TEST(the_eight_orientations_of_a_digit_give_the_same_answer);
    CPPUNIT_TEST(the_pictures_of_a_request_take_one_forward_pass);
    CPPUNIT_TEST(each_picture_gets_the_answer_it_gets_alone);
    CPPUNIT_TEST(the_pictures_of_a_request_share_the_time_of_one);
    CPPUNIT_TEST_SUITE_END();

    void the_eight_orientations_of_a_digit_give_the_same_answer() {
        const Model network = model();
        ClassifyScratch scratch;
        const auto upright = classify(seven_stored_as(1), network, {}, scratch);
        CPPUNIT_ASSERT(upright.ok());
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const auto turned = classify(seven_stored_as(orientation), network, {}, scratch);
            CPPUNIT_ASSERT(turned.ok());
            CPPUNIT_ASSERT_EQUAL(orientation, turned->receipt.orientation);
            CPPUNIT_ASSERT(turned->receipt.framed.pixels == upright->receipt.framed.pixels);
            CPPUNIT_ASSERT(turned->probabilities == upright->probabilities);
        }
    }

    void the_pictures_of_a_request_take_one_forward_pass() {
        const Bytes seven = seven_stored_as(1);
        const Bytes broken(seven.begin(), seven.begin() + 60);
        const std::vector<std::span<const std::uint8_t>> files = {seven, broken, seven, seven};
        ClassifyScratch scratch;
        StageTimes times;
        const auto results = classify(files, model(), {}, scratch, &times);
        for (const std::size_t i : {0, 2, 3}) CPPUNIT_ASSERT(results[i].ok());
        CPPUNIT_ASSERT(!results[1].ok());
        CPPUNIT_ASSERT_EQUAL(1, times.forward_passes);
    }

    void each_picture_gets_the_answer_it_gets_alone() {
        const Model network = model();
        const Bytes seven = seven_stored_as(1);
        const Bytes doubtful = png(kWidth, kHeight, both_polarities(), {});
        ClassifyScratch scratch;
        CPPUNIT_ASSERT(frame(*decode(doubtful, {}, Colour::kRgb, nullptr))->size() > 1);
        const Bytes broken(seven.begin(), seven.begin() + 60);
        const Bytes turned = seven_stored_as(6);
        // More readings than a scratch keeps.
        std::vector<std::span<const std::uint8_t>> files;
        for (int i = 0; i < 3; ++i)
            files.insert(files.end(), {doubtful, broken, seven, doubtful, turned});
        // Again with what the first call left in the scratch.
        for (int call = 0; call < 2; ++call) {
            const auto results = classify(files, network, {}, scratch);
            const auto outcomes = classify_pictures(files, network, {}, scratch);
            CPPUNIT_ASSERT(results.size() == files.size() && outcomes.size() == files.size());
            for (std::size_t i = 0; i < files.size(); ++i) {
                ClassifyScratch own;
                const auto alone = classify(files[i], network, {}, own);
                const auto* outcome = std::get_if<Classification>(&outcomes[i]);
                CPPUNIT_ASSERT_EQUAL(alone.ok(), results[i].ok());
                CPPUNIT_ASSERT_EQUAL(alone.ok(), outcome != nullptr);
                if (!alone.ok()) continue;
                for (const Classification* in_row : {&*results[i], outcome}) {
                    CPPUNIT_ASSERT(in_row->probabilities == alone->probabilities);
                    CPPUNIT_ASSERT_EQUAL(alone->digit, in_row->digit);
                    CPPUNIT_ASSERT_EQUAL(alone->confidence, in_row->confidence);
                    const Receipt& got = in_row->receipt;
                    const Receipt& own_one = alone->receipt;
                    CPPUNIT_ASSERT(got.framed.pixels == own_one.framed.pixels);
                    CPPUNIT_ASSERT_EQUAL(own_one.orientation, got.orientation);
                    CPPUNIT_ASSERT_EQUAL(own_one.width, got.width);
                    CPPUNIT_ASSERT_EQUAL(own_one.height, got.height);
                }
            }
        }
    }

    void the_pictures_of_a_request_share_the_time_of_one() {
        const Bytes large =
            png(4000, 4000, Bytes(4000 * 4000, 255), {});  // takes over a millisecond
        const Bytes small = seven_stored_as(1);
        const std::vector<std::span<const std::uint8_t>> files = {small, large, small, small};
        Limits limits;
        limits.max_cpu_ms = 1;
        ClassifyScratch scratch;
        const auto results = classify(files, model(), limits, scratch);
        for (const std::size_t late : {2, 3}) {
            CPPUNIT_ASSERT(results[late].status().code == Code::kTooExpensive);
            CPPUNIT_ASSERT_EQUAL(std::string("the pictures before it took the 1 ms of computing "
                                             "time that one request may take"),
                                 results[late].status().detail);
        }
        limits.max_cpu_ms = 60'000;
        CPPUNIT_ASSERT(classify(files, model(), limits, scratch)[3].ok());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ClassifyTest);

}  // namespace digit::test
