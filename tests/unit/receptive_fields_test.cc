// SPDX-License-Identifier: Apache-2.0
#include "trainer/receptive_fields.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
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

Settings small_settings() {
    Settings settings;
    settings.hidden = {36, 16};
    settings.receptive_field = kTwelve;
    settings.normalised = true;
    settings.batch_size = 32;
    settings.epochs = 2;
    settings.threads = 2;
    return settings;
}

// The first layer's weights after two epochs, before anything is folded into them.
std::vector<float> trained_weights(const Settings& settings) {
    const Dataset data = bars(640, 1);
    Team team(settings.threads);
    const TrainingPictures pictures{data, 0, nullptr};
    Training training(settings, pictures, team);
    while (training.epochs_done() < settings.epochs) (void)training.run_epoch();
    const AlignedVector<float> all = training.state().parameters;
    return {all.begin(), all.begin() + 36 * 784};
}

class ReceptiveFieldsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReceptiveFieldsTest);
    CPPUNIT_TEST(as_many_as_fit_lie_in_the_middle_of_the_picture);
    CPPUNIT_TEST(nothing_but_the_fields_is_left);
    CPPUNIT_TEST(kernels_are_the_means_of_what_they_are_spread_to);
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
        std::vector<float> rows(5 * 784, 1.0f);
        fields.confine({0, 5}, rows.data());
        for (int pixel = 0; pixel < 784; ++pixel) {
            const bool inside =
                pixel / 28 >= 4 && pixel / 28 < 24 && pixel % 28 >= 4 && pixel % 28 < 24;
            CPPUNIT_ASSERT_EQUAL(inside ? 1.0f : 0.0f, rows[static_cast<std::size_t>(pixel)]);
        }
    }

    void nothing_but_the_fields_is_left() {
        constexpr int kUnits = 36, kFirst = 7, kLast = 31;
        const ReceptiveFields fields(kTwelve, kUnits);
        const std::vector<float> before = random_rows(kUnits);
        std::vector<float> after = before;
        fields.confine({kFirst, kLast}, after.data() + kFirst * 784);
        for (int unit = 0; unit < kUnits; ++unit)
            for (int pixel = 0; pixel < 784; ++pixel) {
                const auto at = static_cast<std::size_t>(unit * 784 + pixel);
                const bool kept = unit < kFirst || unit >= kLast || sees(unit, 4, pixel);
                CPPUNIT_ASSERT_EQUAL(kept ? before[at] : 0.0f, after[at]);
            }
    }

    void kernels_are_the_means_of_what_they_are_spread_to() {
        constexpr int kUnits = 36;
        const ReceptiveFields fields(kTwelve, kUnits);
        CPPUNIT_ASSERT_EQUAL(4 * 144, fields.kernel_floats());
        Random random(4, Stream::kWeights);
        std::vector<float> kernels(static_cast<std::size_t>(fields.kernel_floats()));
        for (float& weight : kernels) weight = random.normal();
        std::vector<float> rows = random_rows(kUnits);
        // In two parts, as two threads would.
        fields.spread({0, 14}, kernels, rows.data());
        fields.spread({14, kUnits}, kernels, rows.data() + 14 * 784);
        for (int unit = 0; unit < kUnits; ++unit)
            for (int pixel = 0; pixel < 784; ++pixel)
                if (!sees(unit, 4, pixel))
                    CPPUNIT_ASSERT_EQUAL(0.0f, rows[static_cast<std::size_t>(unit * 784 + pixel)]);
        // Unit 21 is channel 1 of field 5, the leftmost of the second row.
        CPPUNIT_ASSERT_EQUAL(kernels[144 + 12 + 2],
                             rows[static_cast<std::size_t>(21 * 784 + 9 * 28 + 2)]);
        std::vector<float> means(kernels.size());
        fields.add_means({0, 14}, rows.data(), means);
        fields.add_means({14, kUnits}, rows.data() + 14 * 784, means);
        for (std::size_t i = 0; i < means.size(); ++i)
            CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(kernels[i]),
                                         static_cast<double>(means[i]), 1e-5);
    }

    void sizes_and_strides_that_make_no_fields_are_refused() {
        ReceptiveField field;
        CPPUNIT_ASSERT(parse_receptive_field("10,3", field));
        CPPUNIT_ASSERT_EQUAL(std::string("10,3"), field.text());
        for (const char* text : {"", "10", "10,", ",3", "10,0", "29,1", "-1,1", "10,3x", "10;3",
                                 "10,29", "10,3,2", "99999999999,1"})
            CPPUNIT_ASSERT_MESSAGE(text, !parse_receptive_field(text, field));
        CPPUNIT_ASSERT_EQUAL(std::string("10,3"), field.text());
        CPPUNIT_ASSERT(parse_receptive_field("0,1", field));
    }

    // How many of 36 units' weights within their fields are not their channel's of the first field;
    // outside all are zero.
    static int unlike(const std::vector<float>& weights) {
        int count = 0;
        for (int unit = 0; unit < 36; ++unit)
            for (int pixel = 0; pixel < 784; ++pixel) {
                const float weight = weights[static_cast<std::size_t>(unit * 784 + pixel)];
                if (!sees(unit, 4, pixel)) {
                    CPPUNIT_ASSERT_EQUAL(0.0f, weight);
                    continue;
                }
                CPPUNIT_ASSERT(weight != 0);
                const int field = unit / 4;
                const int moved = pixel - field / 3 * 8 * 28 - left_of(field);
                count += weight != weights[static_cast<std::size_t>(unit % 4 * 784 + moved)];
            }
        return count;
    }

    void shared_weights_stay_alike_to_the_bit() {
        for (const OptimiserKind kind : {OptimiserKind::kAdamW, OptimiserKind::kSgd}) {
            Settings settings = small_settings();
            settings.optimiser = kind;
            settings.shared_weights = 1;
            CPPUNIT_ASSERT_EQUAL(0, unlike(trained_weights(settings)));
        }
    }

    void weights_go_their_own_ways_after_the_shared_epochs() {
        Settings settings = small_settings();
        settings.shared_weights = 0.5f;
        CPPUNIT_ASSERT(unlike(trained_weights(settings)) > 1000);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReceptiveFieldsTest);

}  // namespace
}  // namespace digit
