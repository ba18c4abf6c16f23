// SPDX-License-Identifier: Apache-2.0
// Folders of pictures, calibration, and early stopping's records.
#include "trainer/training_data.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "libdigit/png_writer.h"
#include "tests/unit/bars.h"
#include "tests/unit/temporary_folder.h"
#include "trainer/calibration.h"
#include "trainer/picture_folder.h"

namespace digit {
namespace {

namespace fs = std::filesystem;

// A dark stroke on white paper, `edge` pixels square.
std::vector<std::uint8_t> stroke_png(std::uint32_t edge) {
    std::vector<std::uint8_t> pixels(edge * edge, 255);
    for (std::uint32_t y = edge / 5; y < edge - edge / 5; ++y)
        for (std::uint32_t x = edge / 2 - edge / 20; x <= edge / 2 + edge / 20; ++x)
            pixels[y * edge + x] = 20;
    return encode_png(pixels, edge, edge, 1);
}

void write(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

class TrainingDataTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TrainingDataTest);
    CPPUNIT_TEST(folders_are_read_framed_and_in_order);
    CPPUNIT_TEST(files_that_show_no_digit_are_left_out_and_named);
    CPPUNIT_TEST(a_folder_without_any_digit_is_refused);
    CPPUNIT_TEST(own_pictures_fill_their_share_of_an_epoch);
    CPPUNIT_TEST(the_temperature_undoes_a_scaling_of_the_logits);
    CPPUNIT_TEST(the_threshold_keeps_the_asked_part_of_the_answers);
    CPPUNIT_TEST(confident_errors_are_calibration_errors);
    CPPUNIT_TEST_SUITE_END();

    void folders_are_read_framed_and_in_order() {
        const test::TemporaryFolder folder;
        write(folder.path() / "1" / "b.png", stroke_png(100));
        write(folder.path() / "1" / "a.png", stroke_png(60));
        write(folder.path() / "7" / "c.png", stroke_png(40));
        CPPUNIT_ASSERT(is_picture_folder(folder.path()));
        Team team(2);
        const Result<PictureFolder> read = read_picture_folder(folder.path(), team);
        CPPUNIT_ASSERT(read.ok());
        CPPUNIT_ASSERT_EQUAL(3, read->data.size());
        CPPUNIT_ASSERT_EQUAL(7, int{read->data.labels[2]});
        // Ink is light, in the middle, and keeps away from the border.
        CPPUNIT_ASSERT(read->data.picture(0)[14 * 28 + 14] > 200);
        CPPUNIT_ASSERT_EQUAL(0, int{read->data.picture(0)[0]});
    }

    void files_that_show_no_digit_are_left_out_and_named() {
        const test::TemporaryFolder folder;
        write(folder.path() / "3" / "a.png", stroke_png(60));
        write(folder.path() / "3" / "notes.txt", {'h', 'i'});
        write(folder.path() / "3" / ".hidden", {'h', 'i'});
        Team team(2);
        const Result<PictureFolder> read = read_picture_folder(folder.path(), team);
        CPPUNIT_ASSERT(read.ok());
        CPPUNIT_ASSERT_EQUAL(1, read->data.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, read->refused.size());
        CPPUNIT_ASSERT(read->refused[0].find("notes.txt") != std::string::npos);
    }

    void a_folder_without_any_digit_is_refused() {
        const test::TemporaryFolder folder;
        Team team(1);
        CPPUNIT_ASSERT(!is_picture_folder(folder.path()));
        CPPUNIT_ASSERT(!read_picture_folder(folder.path(), team).ok());
        fs::create_directory(folder.path() / "5");
        CPPUNIT_ASSERT(is_picture_folder(folder.path()));
        CPPUNIT_ASSERT(!read_picture_folder(folder.path(), team).ok());
    }

    void own_pictures_fill_their_share_of_an_epoch() {
        TrainingPictures data{test::bars(1010, 1), 10, nullptr};
        Settings settings;
        settings.batch_size = 10;
        settings.own_share = 0.2f;
        const Sampler sampler(settings, data);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{125}, sampler.steps());
        data.own = 1010;
        CPPUNIT_ASSERT_EQUAL(std::int64_t{101}, Sampler(settings, data).steps());
    }

    // Ten logits of which the first is right with the probability that softmax says, spread out.
    static Evaluation honest(double scale, std::vector<std::uint8_t>& labels) {
        Evaluation seen;
        Random random(1, Stream::kShuffle);
        for (int i = 0; i < 20000; ++i) {
            std::array<float, kDigits> z{};
            z[0] = 3 * random.uniform();
            const std::array<float, kDigits> p = probabilities_of(z, 1);
            float u = random.uniform();
            std::uint8_t label = 0;
            while (label < 9 && (u -= p[label]) > 0) ++label;
            labels.push_back(label);
            z[0] *= static_cast<float>(scale);
            seen.logits.push_back(z);
        }
        return seen;
    }

    void the_temperature_undoes_a_scaling_of_the_logits() {
        for (double scale : {0.5, 1.0, 3.0}) {
            std::vector<std::uint8_t> labels;
            const Evaluation seen = honest(scale, labels);
            const Calibration calibration = calibrate(seen, labels, 0.95);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(scale, static_cast<double>(calibration.temperature),
                                         0.05 * scale);
            CPPUNIT_ASSERT(calibration.error_after < 0.02);
            if (scale > 1) CPPUNIT_ASSERT(calibration.error_before > 0.1);
        }
    }

    void the_threshold_keeps_the_asked_part_of_the_answers() {
        std::vector<std::uint8_t> labels;
        const Evaluation seen = honest(1, labels);
        const Calibration calibration = calibrate(seen, labels, 0.8);
        const auto kept = std::count_if(seen.logits.begin(), seen.logits.end(), [&](auto logits) {
            const auto p = probabilities_of(logits, calibration.temperature);
            return *std::max_element(p.begin(), p.end()) >= calibration.uncertain_below;
        });
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.8, static_cast<double>(kept) / 20000, 0.001);
    }

    void confident_errors_are_calibration_errors() {
        Evaluation seen;
        seen.logits.assign(10, {20, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        std::vector<std::uint8_t> labels(10, 0);
        labels[0] = labels[1] = 1;
        const auto bins = confidence_bins(seen, labels, 1);
        CPPUNIT_ASSERT_EQUAL(10, bins.back().count);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.2, expected_calibration_error(bins), 1e-6);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TrainingDataTest);

}  // namespace
}  // namespace digit
