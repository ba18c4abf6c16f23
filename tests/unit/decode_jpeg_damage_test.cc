// SPDX-License-Identifier: Apache-2.0
// Damaged, endless and oversized JPEG files.
#include <cppunit/extensions/HelperMacros.h>

#include <random>

#include "tests/unit/decoded.h"
#include "tests/unit/jpeg_samples.h"
#include "tests/unit/random_changes.h"

namespace digit::test {

class DecodeJpegDamageTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodeJpegDamageTest);
    CPPUNIT_TEST(a_file_cut_anywhere_is_refused_as_cut);
    CPPUNIT_TEST(a_file_that_lacks_only_its_end_marker_decodes);
    CPPUNIT_TEST(surplus_bytes_after_and_between_the_data_are_tolerated);
    CPPUNIT_TEST(arithmetic_coding_and_twelve_bits_are_refused_with_a_reason);
    CPPUNIT_TEST(each_limit_refuses_with_its_own_code);
    CPPUNIT_TEST(memory_is_refused_wherever_it_ends);
    CPPUNIT_TEST(a_baseline_picture_may_be_larger_than_a_progressive_one);
    CPPUNIT_TEST(more_than_a_hundred_scans_are_refused);
    CPPUNIT_TEST(random_changes_never_do_worse_than_a_refusal);
    CPPUNIT_TEST_SUITE_END();

    void a_file_cut_anywhere_is_refused_as_cut() {
        for (JpegColour colour : {JpegColour::kGrey, JpegColour::kYcbcr})
            for (bool progressive : {false, true}) {
                JpegSpec spec = make_spec(33, 35, colour);
                spec.progressive = progressive;
                spec.app1 = exif_app1(6);
                const Bytes file = write_jpeg(spec);
                for (std::size_t size = 3; size < file.size() - 2; ++size)
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(
                        std::to_string(size) + " of " + std::to_string(file.size()),
                        std::string("TruncatedImage"),
                        std::string(code_name(code_of(cut(file, size)))));
            }
    }

    void a_file_that_lacks_only_its_end_marker_decodes() {
        for (bool progressive : {false, true}) {
            JpegSpec spec = make_spec(33, 35, JpegColour::kYcbcr);
            spec.progressive = progressive;
            const Bytes file = write_jpeg(spec);
            CPPUNIT_ASSERT(decoded(cut(file, file.size() - 2)).pixels == decoded(file).pixels);
        }
        // Of a picture in one scan a component, the last of which has not come.
        JpegSpec spec = make_spec(33, 35, JpegColour::kYcbcr);
        spec.separate_scans = true;
        const Bytes file = write_jpeg(spec);
        std::size_t last_scan = 0;
        for (std::size_t i = 0; i + 1 < file.size(); ++i)
            if (file[i] == 0xff && file[i + 1] == 0xda) last_scan = i;
        CPPUNIT_ASSERT(code_of(cut(file, last_scan)) == Code::kTruncatedImage);
    }

    void surplus_bytes_after_and_between_the_data_are_tolerated() {
        const Bytes file = write_jpeg(make_spec(33, 35, JpegColour::kGrey));
        CPPUNIT_ASSERT(code_of(file + Bytes(1000, 'x')) == Code::kOk);
        CPPUNIT_ASSERT(code_of(cut(file, file.size() - 2) + Bytes(50, 7) + Bytes{0xff, 0xd9}) ==
                       Code::kOk);
        Bytes between = file;
        between.insert(between.begin() + 20, 9, 0);  // behind JFIF's marker
        CPPUNIT_ASSERT(code_of(between) == Code::kOk);
    }

    void arithmetic_coding_and_twelve_bits_are_refused_with_a_reason() {
        JpegSpec spec = make_spec(33, 35, JpegColour::kGrey);
        spec.arithmetic = true;
        const auto arithmetic = decode(write_jpeg(spec), Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(!arithmetic && arithmetic.status().code == Code::kBrokenImage);
        CPPUNIT_ASSERT(arithmetic.status().detail.find("arithmetic") != std::string::npos);

        Bytes file = write_jpeg(make_spec(33, 35, JpegColour::kGrey));
        for (std::size_t i = 0; i + 4 < file.size(); ++i)
            if (file[i] == 0xff && file[i + 1] == 0xc0) file[i + 4] = 12;
        const auto twelve = decode(file, Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(!twelve && twelve.status().code == Code::kBrokenImage);
        CPPUNIT_ASSERT(twelve.status().detail.find("12") != std::string::npos);
    }

    void each_limit_refuses_with_its_own_code() {
        const Bytes file = write_jpeg(make_spec(40, 30, JpegColour::kGrey));
        const auto sized = [&](int width, int height) {
            Bytes changed = file;
            for (std::size_t i = 0; i + 8 < file.size(); ++i) {
                if (file[i] != 0xff || file[i + 1] != 0xc0) continue;
                changed[i + 5] = static_cast<std::uint8_t>(height >> 8);
                changed[i + 6] = static_cast<std::uint8_t>(height);
                changed[i + 7] = static_cast<std::uint8_t>(width >> 8);
                changed[i + 8] = static_cast<std::uint8_t>(width);
            }
            return changed;
        };
        CPPUNIT_ASSERT(code_of(sized(40, 30)) == Code::kOk);
        CPPUNIT_ASSERT(code_of(sized(9, 30)) == Code::kEdgeTooSmall);
        CPPUNIT_ASSERT(code_of(sized(40, 9)) == Code::kEdgeTooSmall);
        CPPUNIT_ASSERT(code_of(sized(16385, 30)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(8200, 8200)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(8192, 8192)) == Code::kTruncatedImage);
        Limits limits;
        limits.max_memory_bytes = 1'000;
        CPPUNIT_ASSERT(code_of(file, limits) == Code::kTooExpensive);
        limits = {};
        limits.max_cpu_ms = 0;
        CPPUNIT_ASSERT(code_of(file, limits) == Code::kOk);  // too small to look at the clock
        JpegSpec large = make_spec(2000, 1000, JpegColour::kGrey);
        large.quality = 50;
        CPPUNIT_ASSERT(code_of(write_jpeg(large), limits) == Code::kTooExpensive);
        large.progressive = true;
        CPPUNIT_ASSERT(code_of(write_jpeg(large), limits) == Code::kTooExpensive);
        limits = {};
        for (std::size_t kib : {10, 30, 60, 150}) {  // ends in headers, rows, coefficients
            limits.max_memory_bytes = kib << 10;
            CPPUNIT_ASSERT(code_of(write_jpeg(large), limits) == Code::kTooExpensive);
        }
    }

    void memory_is_refused_wherever_it_ends() {
        for (JpegColour colour : {JpegColour::kGrey, JpegColour::kCmyk}) {
            const Bytes file = write_jpeg(make_spec(150, 120, colour));
            Limits limits;
            limits.max_memory_bytes = 10'000;
            int steps = 0;
            for (; code_of(file, limits) == Code::kTooExpensive; ++steps)
                limits.max_memory_bytes += 1'000;
            CPPUNIT_ASSERT(code_of(file, limits) == Code::kOk);
            CPPUNIT_ASSERT(steps > 10);
        }
    }

    void a_baseline_picture_may_be_larger_than_a_progressive_one() {
        JpegSpec spec;
        spec.width = 5000;
        spec.height = 4000;
        spec.quality = 30;
        spec.pixels.assign(std::size_t{spec.width} * spec.height, 77);
        CPPUNIT_ASSERT(code_of(write_jpeg(spec)) == Code::kOk);
        spec.progressive = true;
        const auto progressive = decode(write_jpeg(spec), Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(!progressive && progressive.status().code == Code::kTooManyPixels);
        CPPUNIT_ASSERT_EQUAL(std::string("JPEG: 5000×4000 pixels, 20000000 in all; at most "
                                         "16777216 are read of one in several scans"),
                             progressive.status().message());
    }

    void more_than_a_hundred_scans_are_refused() {
        JpegSpec spec = make_spec(40, 30, JpegColour::kGrey);
        spec.progressive = true;
        spec.repeated_scans = 90;
        CPPUNIT_ASSERT(code_of(write_jpeg(spec)) == Code::kOk);
        spec.repeated_scans = 120;
        const auto many = decode(write_jpeg(spec), Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(!many && many.status().code == Code::kTooExpensive);
        CPPUNIT_ASSERT_EQUAL(std::string("JPEG: it has more than 100 scans"),
                             many.status().message());
    }

    void random_changes_never_do_worse_than_a_refusal() {
        std::mt19937 random(3);
        for (JpegColour colour : kColours)
            for (bool progressive : {false, true}) {
                JpegSpec spec = make_spec(35, 29, colour);
                spec.progressive = progressive;
                spec.app1 = exif_app1(5);
                const Bytes file = write_jpeg(spec);
                assert_survives_changes(file, random, 300);
            }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodeJpegDamageTest);

}  // namespace digit::test
