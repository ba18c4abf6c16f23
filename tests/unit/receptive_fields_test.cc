// SPDX-License-Identifier: Apache-2.0
#include "trainer/receptive_fields.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tests/unit/bars.h"
#include "trainer/random.h"
#include "trainer/training.h"

namespace digit {
namespace {

using test::bars;

constexpr ReceptiveField kTwelve{12, 8};  // 3 × 3 fields

// There and back.
int left_of(int field) {
    constexpr int kLefts[] = {0, 8, 16, 16, 8, 0, 0, 8, 16};
    return kLefts[field];
}

// Whether the unit's field, of those settings, holds this pixel; by counting, not by tables.
bool sees(int unit, int channels, int pixel) {
    const int field = unit / channels;
    const int top = field / 3 * 8, left = left_of(field);
    const int y = pixel / 28 - top, x = pixel % 28 - left;
    return y >= 0 && y < 12 && x >= 0 && x < 12;
}

std::vector<float> random_rows(int units) {
    Random random(3, Stream::kWeights);
    std::vector<float> rows(static_cast<std::size_t>(units) * 784);
    for (float& weight : rows) weight = random.normal();
    return rows;
}

// Of four channels and of five, which three threads do not share evenly.
Settings small_settings() {
    Settings settings;
    settings.hidden = {36, 20};
    settings.receptive_fields = {kTwelve, {2, 1}};
    settings.normalised = true;
    settings.batch_size = 32;
    settings.epochs = 2;
    settings.threads = 3;
    return settings;
}

// What the network has learnt after two epochs, before anything is folded.
Mlp trained(const Settings& settings) {
    const Dataset data = bars(640, 1);
    Team team(settings.threads);
    const TrainingPictures pictures{data, 0, nullptr};
    Training training(settings, pictures, team);
    while (training.epochs_done() < settings.epochs) (void)training.run_epoch();
    Mlp mlp = training.learner().mlp();
    mlp.values = training.state().parameters;
    return mlp;
}

class ReceptiveFieldsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReceptiveFieldsTest);
    CPPUNIT_TEST(as_many_as_fit_lie_in_the_middle_of_the_picture);
    CPPUNIT_TEST(what_a_unit_sees_is_kept_and_nothing_else);
    CPPUNIT_TEST(fields_of_fields_are_gathered_from_left_to_right);
    CPPUNIT_TEST(units_are_cut_where_fields_end);
    CPPUNIT_TEST(sizes_and_strides_that_make_no_fields_are_refused);
    CPPUNIT_TEST(shared_weights_stay_alike_to_the_bit);
    CPPUNIT_TEST(weights_go_their_own_ways_after_the_shared_epochs);
    CPPUNIT_TEST_SUITE_END();

    void as_many_as_fit_lie_in_the_middle_of_the_picture() {
        CPPUNIT_ASSERT_EQUAL(49, (ReceptiveField{10, 3}).fields());
        CPPUNIT_ASSERT_EQUAL(36, (ReceptiveField{8, 4}).fields());
        CPPUNIT_ASSERT_EQUAL(1, (ReceptiveField{28, 1}).fields());
        CPPUNIT_ASSERT_EQUAL(1, (ReceptiveField{20, 28}).fields());
        const ReceptiveFields fields({20, 28}, 5);
        CPPUNIT_ASSERT_EQUAL(5, fields.channels());
        const std::vector<float> ones(400, 1.0f);
        std::vector<float> row(784, 7.0f);
        for (int unit = 0; unit < 5; ++unit) {
            fields.expand(unit, ones.data(), row);
            for (int pixel = 0; pixel < 784; ++pixel) {
                const bool inside =
                    pixel / 28 >= 4 && pixel / 28 < 24 && pixel % 28 >= 4 && pixel % 28 < 24;
                CPPUNIT_ASSERT_EQUAL(inside ? 1.0f : 0.0f, row[static_cast<std::size_t>(pixel)]);
            }
        }
    }

    void what_a_unit_sees_is_kept_and_nothing_else() {
        constexpr int kUnits = 36;
        const ReceptiveFields fields(kTwelve, kUnits);
        const std::vector<float> before = random_rows(kUnits);
        std::vector<float> weights(144), after(784);
        for (int unit = 0; unit < kUnits; ++unit) {
            const auto row = std::span(before).subspan(static_cast<std::size_t>(unit) * 784, 784);
            fields.confine(unit, row, weights.data());
            fields.expand(unit, weights.data(), after);
            for (int pixel = 0; pixel < 784; ++pixel) {
                const auto at = static_cast<std::size_t>(pixel);
                CPPUNIT_ASSERT_EQUAL(sees(unit, 4, pixel) ? row[at] : 0.0f, after[at]);
            }
            // Row by row, each from left to right.
            const int first = unit / 4 / 3 * 8 * 28 + left_of(unit / 4);
            CPPUNIT_ASSERT_EQUAL(row[static_cast<std::size_t>(first + 28 + 2)], weights[14]);
        }
    }

    // Over 3 × 3 fields of four channels, the second row of which is counted backwards: two by two
    // of them, of which field 3 of 0 to 3 is at the lower left.
    void fields_of_fields_are_gathered_from_left_to_right() {
        const auto fitted = fit_receptive_fields({kTwelve, {2, 1}}, std::vector{36, 12});
        CPPUNIT_ASSERT(fitted.ok());
        const ReceptiveFields fields((*fitted)[1], 12);
        CPPUNIT_ASSERT_EQUAL(4, fields.fields());
        CPPUNIT_ASSERT_EQUAL(16, fields.patch());
        std::vector<float> inputs(2 * 48);  // two rows, of 48 floats each
        for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(i);
        const std::vector<int> places = {5, 4, 6, 7};  // by field below: left, right; below these
        std::vector<float> patches(2 * 16), expected;
        for (const int row : {0, 48})
            for (const int place : places)
                for (int c = 0; c < 4; ++c)
                    expected.push_back(static_cast<float>(row + place * 4 + c));
        fields.gather({inputs.data(), 2, 36, 48}, 3, patches.data());
        CPPUNIT_ASSERT(patches == expected);
        std::vector<float> sums(2 * 48, 1.0f);
        fields.scatter_add(patches.data(), 3, {sums.data(), 2, 36, 48});
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const bool seen = std::find(places.begin(), places.end(),
                                        static_cast<int>(i % 48 / 4)) != places.end();
            CPPUNIT_ASSERT_EQUAL(seen ? 1.0f + static_cast<float>(i) : 1.0f, sums[i]);
        }
    }

    void units_are_cut_where_fields_end() {
        const ReceptiveFields fields(kTwelve, 36);
        const auto parts = fields.parts_of({6, 14});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, parts.size());
        const int expected[][4] = {{1, 6, 8, 2}, {2, 8, 12, 0}, {3, 12, 14, 0}};
        for (std::size_t i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT_EQUAL(expected[i][0], parts[i].field);
            CPPUNIT_ASSERT_EQUAL(expected[i][1], parts[i].units.begin);
            CPPUNIT_ASSERT_EQUAL(expected[i][2], parts[i].units.end);
            CPPUNIT_ASSERT_EQUAL(expected[i][3], parts[i].first_channel);
        }
    }

    void sizes_and_strides_that_make_no_fields_are_refused() {
        std::vector<ReceptiveField> fields;
        CPPUNIT_ASSERT(parse_receptive_fields("10,3", fields));
        CPPUNIT_ASSERT_EQUAL(std::string("10,3"), text_of(fields));
        CPPUNIT_ASSERT(parse_receptive_fields("5,2/4,2/3,1", fields));
        CPPUNIT_ASSERT_EQUAL(std::string("5,2/4,2/3,1"), text_of(fields));
        for (const char* text :
             {"", "10", "10,", ",3", "10,0", "29,1", "-1,1", "10,3x", "10;3", "10,29", "10,3,2",
              "99999999999,1", "/", "10,3/", "/10,3", "10,3//2,1", "10,3/0,1", "0,1/2,1"})
            CPPUNIT_ASSERT_MESSAGE(text, !parse_receptive_fields(text, fields));
        CPPUNIT_ASSERT_EQUAL(std::string("5,2/4,2/3,1"), text_of(fields));
        CPPUNIT_ASSERT(parse_receptive_fields("0,1", fields));
        CPPUNIT_ASSERT(fields.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("0,1"), text_of(fields));
    }

    // How many parameters of both layers are not their channel's of the first field.
    static int unlike(const Mlp& mlp) {
        int count = 0;
        for (std::size_t l = 0; l < 2; ++l) {
            const LayerPlace& place = mlp.places[l];
            const int channels = mlp.shape.fields[l].channels();
            const auto compare = [&](std::size_t offset, int of_a_unit) {
                const float* values = mlp.values.data() + offset;
                for (int i = 0; i < place.outputs * of_a_unit; ++i)
                    count += values[i] != values[i % (channels * of_a_unit)];
            };
            compare(place.weight, place.fan_in);
            compare(place.bias, 1);
            compare(place.scale, 1);
        }
        return count;
    }

    void shared_weights_stay_alike_to_the_bit() {
        for (const OptimiserKind kind : {OptimiserKind::kAdamW, OptimiserKind::kSgd}) {
            Settings settings = small_settings();
            settings.optimiser = kind;
            settings.shared_weights = 1;
            CPPUNIT_ASSERT_EQUAL(0, unlike(trained(settings)));
        }
    }

    void weights_go_their_own_ways_after_the_shared_epochs() {
        Settings settings = small_settings();
        settings.shared_weights = 0.5f;
        CPPUNIT_ASSERT(unlike(trained(settings)) > 1000);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReceptiveFieldsTest);

}  // namespace
}  // namespace digit
