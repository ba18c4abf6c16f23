// SPDX-License-Identifier: Apache-2.0
#include "libdigit/second_look.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "libdigit/classify.h"
#include "libdigit/network.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

using Pixels = std::array<std::uint8_t, kInputPixels>;

// Ink up to the border, where a move loses half of it.
Pixels some_ink(unsigned seed) {
    Pixels pixels;
    std::ranges::copy(random_pixels(1, seed), pixels.begin());
    return pixels;
}

// As the definition says: out(x, y) is what lies half a pixel from there.
Pixels moved_plainly(const Pixels& picture, int dx, int dy) {
    const auto at = [&](int x, int y) {
        const bool outside = x < 0 || y < 0 || x >= kInputEdge || y >= kInputEdge;
        return outside ? 0 : picture[static_cast<std::size_t>(y * kInputEdge + x)];
    };
    Pixels out{};
    for (int y = 0; y < kInputEdge; ++y)
        for (int x = 0; x < kInputEdge; ++x)
            out[static_cast<std::size_t>(y * kInputEdge + x)] =
                static_cast<std::uint8_t>(std::floor((at(x, y) + at(x + dx, y + dy)) / 2.0 + 0.5));
    return out;
}

std::array<Pixels, kMoves> all_moved_plainly(const Pixels& picture) {
    return {moved_plainly(picture, 1, 0), moved_plainly(picture, -1, 0),
            moved_plainly(picture, 0, 1), moved_plainly(picture, 0, -1)};
}

}  // namespace

class SecondLookTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SecondLookTest);
    CPPUNIT_TEST(moved_pictures_are_those_of_the_plain_loops);
    CPPUNIT_TEST(answers_are_averaged_as_by_plain_computation);
    CPPUNIT_TEST(a_sure_answer_against_an_unsure_one_does_not_overrule_it);
    CPPUNIT_TEST(only_uncertain_answers_are_looked_at_again);
    CPPUNIT_TEST_SUITE_END();

    void moved_pictures_are_those_of_the_plain_loops() {
        for (unsigned seed = 0; seed < 20; ++seed) {
            const Pixels picture = some_ink(seed);
            std::vector<std::uint8_t> moved(kMoves * kInputPixels);
            move_by_half_a_pixel(picture, moved);
            const auto expected = all_moved_plainly(picture);
            for (std::size_t i = 0; i < expected.size(); ++i)
                CPPUNIT_ASSERT(
                    std::equal(expected[i].begin(), expected[i].end(),
                               moved.begin() + static_cast<std::ptrdiff_t>(i * kInputPixels)));
        }
    }

    void answers_are_averaged_as_by_plain_computation() {
        const NetworkParameters network = random_network({784, 32, 10}, Activation::kRelu);
        const auto model = Model::make(network);
        CPPUNIT_ASSERT(model.ok());
        for (unsigned seed = 0; seed < 20; ++seed) {
            const Pixels picture = some_ink(seed);
            std::vector<std::uint8_t> views(picture.begin(), picture.end());
            for (const Pixels& moved : all_moved_plainly(picture))
                views.insert(views.end(), moved.begin(), moved.end());
            std::vector<float> answers((kMoves + 1) * kDigits);
            forward_plain(network, 1, views, kMoves + 1, answers);
            std::array<double, kDigits> expected{};
            for (std::size_t i = 0; i < answers.size(); ++i)
                expected[i % kDigits] +=
                    std::log(std::max(static_cast<double>(answers[i]), kLeastProbability));
            double sum = 0;
            for (double& e : expected) sum += e = std::exp(e / (kMoves + 1));
            std::array<float, kDigits> probabilities;
            forward(*model, picture, 1, probabilities, EarlyExit::kPassed);
            look_again(*model, picture, probabilities);
            for (std::size_t digit = 0; digit < kDigits; ++digit)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(expected[digit] / sum,
                                             static_cast<double>(probabilities[digit]), 0.003);
        }
    }

    void a_sure_answer_against_an_unsure_one_does_not_overrule_it() {
        // A probability of 0 would make 0 of its digit's mean, whatever the others say.
        const auto model = Model::make(random_network({784, 10}, Activation::kRelu));
        CPPUNIT_ASSERT(model.ok());
        std::array<float, kDigits> probabilities{1};  // and nine zeros
        look_again(*model, some_ink(1), probabilities);
        float sum = 0;
        for (const float p : probabilities) {
            CPPUNIT_ASSERT(p > 0 && p < 1);
            sum += p;
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1, static_cast<double>(sum), 1e-5);
    }

    void only_uncertain_answers_are_looked_at_again() {
        NetworkParameters parameters = random_network({784, 32, 10}, Activation::kRelu);
        const Bytes picture = png_of(some_ink(3));
        for (const bool certain : {false, true}) {
            parameters.metadata["uncertain_below"] = certain ? "0" : "1";
            const auto model = Model::make(parameters);
            CPPUNIT_ASSERT(model.ok());
            ClassifyScratch scratch;
            const auto result = classify(picture, *model, {}, scratch);
            CPPUNIT_ASSERT(result.ok());
            std::array<float, kDigits> expected;
            forward(*model, result->receipt.framed.pixels, 1, expected);
            if (!certain) look_again(*model, result->receipt.framed.pixels, expected);
            CPPUNIT_ASSERT(result->probabilities == expected);
            CPPUNIT_ASSERT_EQUAL(certain ? 1 : 1 + kMoves, result->receipt.looks);
            CPPUNIT_ASSERT_EQUAL(*std::ranges::max_element(expected), result->confidence);
            CPPUNIT_ASSERT_EQUAL(!certain, result->uncertain);
        }
    }

    static Bytes png_of(const Pixels& pixels) {
        Bytes rows;
        for (std::size_t y = 0; y < kInputEdge; ++y) {
            rows.push_back(0);
            const auto* row = pixels.data() + y * kInputEdge;
            rows.insert(rows.end(), row, row + kInputEdge);
        }
        return png_signature() + png_header(kInputEdge, kInputEdge, 8, 0, false) +
               png_chunk("IDAT", zlib_compress(rows)) + png_chunk("IEND", {});
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecondLookTest);

}  // namespace digit::test
