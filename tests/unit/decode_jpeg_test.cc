// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "libdigit/decode.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/random_changes.h"

namespace digit::test {
namespace {

Code code_of(const Bytes& file, const Limits& limits = {}) {
    const Result<Picture> picture = decode(file, limits, Colour::kLuma);
    return picture ? Code::kOk : picture.status().code;
}

// With all the time that it needs: sanitizers make the largest ones several times slower.
Picture decoded(const Bytes& file, Colour colour = Colour::kLuma) {
    Limits limits;
    limits.max_cpu_ms = 10'000;
    Result<Picture> picture = decode(file, limits, colour);
    if (!picture) CPPUNIT_FAIL(picture.status().message());
    return std::move(*picture);
}

// A smooth picture, which JPEG keeps to a few levels: a ramp to the right in red, downwards in
// green, a hill in blue.
std::array<double, 3> colour_at(double x, double y) {
    return {30 + 200 * x, 220 - 180 * y, 40 + 700 * x * (1 - x) * y * (1 - y) * 4 * 0.3};
}

JpegSpec make_spec(std::uint32_t width, std::uint32_t height, JpegColour colour) {
    JpegSpec spec;
    spec.width = width;
    spec.height = height;
    spec.colour = colour;
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x) {
            const auto c = colour_at((x + 0.5) / width, (y + 0.5) / height);
            if (colour == JpegColour::kGrey)
                spec.pixels.push_back(static_cast<std::uint8_t>(c[0] / 2 + c[1] / 2));
            else if (colour == JpegColour::kYcbcr || colour == JpegColour::kRgb)
                for (double v : c) spec.pixels.push_back(static_cast<std::uint8_t>(v + 0.5));
            else {  // full grey component removal would do as well: a quarter of black ink
                for (double v : c)
                    spec.pixels.push_back(static_cast<std::uint8_t>(255.5 - v * 0.75));
                spec.pixels.push_back(64);
            }
        }
    return spec;
}

// What a pixel of make_spec's picture should be.
std::array<double, 3> expected_at(JpegColour colour, double x, double y) {
    auto c = colour_at(x, y);
    if (colour == JpegColour::kGrey) c[0] = c[1] = c[2] = c[0] / 2 + c[1] / 2;
    if (colour == JpegColour::kCmyk || colour == JpegColour::kYcck)
        for (double& v : c) v = v * 0.75 * (255 - 64) / 255;
    return c;
}

double largest_difference(const Picture& picture, JpegColour colour) {
    double largest = 0;
    const auto channels = static_cast<std::size_t>(picture.channels);
    for (std::uint32_t y = 0; y < picture.height; ++y)
        for (std::uint32_t x = 0; x < picture.width; ++x) {
            const auto c =
                expected_at(colour, (x + 0.5) * picture.reduction_x / picture.source_width,
                            (y + 0.5) * picture.reduction_y / picture.source_height);
            const std::uint8_t* pixel =
                picture.pixels.data() + (std::size_t{y} * picture.width + x) * channels;
            if (channels == 1)
                largest = std::max(
                    largest, std::fabs(0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2] - pixel[0]));
            else
                for (std::size_t i = 0; i < 3; ++i)
                    largest = std::max(largest, std::fabs(c[i] - pixel[i]));
        }
    return largest;
}

constexpr JpegColour kColours[] = {JpegColour::kGrey, JpegColour::kYcbcr, JpegColour::kRgb,
                                   JpegColour::kCmyk, JpegColour::kYcck};

void check_spec(const JpegSpec& spec, double tolerance, const std::string& what) {
    const Bytes file = write_jpeg(spec);
    for (Colour wanted : {Colour::kLuma, Colour::kRgb}) {
        const Picture picture = decoded(file, wanted);
        CPPUNIT_ASSERT_EQUAL(spec.width, picture.source_width);
        CPPUNIT_ASSERT_EQUAL(spec.height, picture.source_height);
        const bool grey = wanted == Colour::kLuma || spec.colour == JpegColour::kGrey;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, grey ? 1 : 3, picture.channels);
        const double difference = largest_difference(picture, spec.colour);
        CPPUNIT_ASSERT_MESSAGE(what + " differs by " + std::to_string(difference),
                               difference <= tolerance);
    }
}

// The picture as a camera held like this stores it: EXIF says where its row 0 and column 0 are.
JpegSpec stored_as(int orientation, const JpegSpec& upright) {
    JpegSpec stored = upright;
    const bool across = orientation >= 5;
    if (across) std::swap(stored.width, stored.height);
    for (std::uint32_t row = 0; row < stored.height; ++row)
        for (std::uint32_t column = 0; column < stored.width; ++column) {
            std::uint32_t x = across ? row : column;
            std::uint32_t y = across ? column : row;
            if (orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7)
                x = upright.width - 1 - x;
            if (orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8)
                y = upright.height - 1 - y;
            stored.pixels[std::size_t{row} * stored.width + column] =
                upright.pixels[std::size_t{y} * upright.width + x];
        }
    stored.app1 = exif_app1(orientation);
    return stored;
}

}  // namespace

class DecodeJpegTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodeJpegTest);
    CPPUNIT_TEST(every_colour_space_and_process_decodes_to_its_pixels);
    CPPUNIT_TEST(large_pictures_are_reduced_to_the_working_edge);
    CPPUNIT_TEST(cmyk_without_adobes_marker_is_not_inverted);
    CPPUNIT_TEST(each_of_the_eight_orientations_is_undone);
    CPPUNIT_TEST(an_orientation_out_of_range_and_other_app1_markers_are_ignored);
    CPPUNIT_TEST(a_directory_that_points_at_itself_is_read_once);
    CPPUNIT_TEST(comments_and_markers_of_applications_are_not_looked_at);
    CPPUNIT_TEST(a_file_cut_anywhere_is_refused_as_cut);
    CPPUNIT_TEST(a_file_that_lacks_only_its_end_marker_decodes);
    CPPUNIT_TEST(surplus_bytes_after_and_between_the_data_are_tolerated);
    CPPUNIT_TEST(arithmetic_coding_and_twelve_bits_are_refused_with_a_reason);
    CPPUNIT_TEST(each_limit_refuses_with_its_own_code);
    CPPUNIT_TEST(memory_is_refused_wherever_it_ends);
    CPPUNIT_TEST(a_baseline_picture_may_be_larger_than_a_progressive_one);
    CPPUNIT_TEST(the_coefficients_of_sixteen_megapixels_fit_the_memory_limit);
    CPPUNIT_TEST(more_than_a_hundred_scans_are_refused);
    CPPUNIT_TEST(random_changes_never_do_worse_than_a_refusal);
    CPPUNIT_TEST_SUITE_END();

    void every_colour_space_and_process_decodes_to_its_pixels() {
        for (JpegColour colour : kColours) {
            JpegSpec spec = make_spec(70, 51, colour);
            const std::string what = "colour " + std::to_string(static_cast<int>(colour));
            check_spec(spec, 6, what + " baseline");
            spec.progressive = true;
            check_spec(spec, 6, what + " progressive");
            spec.progressive = false;
            spec.separate_scans = true;
            check_spec(spec, 6, what + " in separate scans");
            spec.separate_scans = false;
            spec.restart_interval = 3;
            check_spec(spec, 6, what + " with restart markers");
            spec.subsampled = true;
            check_spec(spec, 12, what + " subsampled");
        }
    }

    void large_pictures_are_reduced_to_the_working_edge() {
        struct Case {
            std::uint32_t width, height;
            double reduction;
        };
        for (const Case& c : {Case{359, 600, 1}, Case{360, 600, 2}, Case{539, 800, 2},
                              Case{721, 1100, 4}, Case{1500, 2000, 8}, Case{1920, 1930, 8},
                              Case{2880, 2000, 8}, Case{3900, 3841, 16}, Case{3000, 482, 2}})
            for (bool progressive : {false, true}) {
                JpegSpec spec = make_spec(c.width, c.height, JpegColour::kYcbcr);
                spec.progressive = progressive;
                spec.subsampled = true;
                spec.quality = 90;
                const std::string what = std::to_string(c.width) + "×" + std::to_string(c.height);
                const Picture picture = decoded(write_jpeg(spec));
                CPPUNIT_ASSERT_EQUAL_MESSAGE(what, c.reduction, picture.reduction_x);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(what, c.reduction, picture.reduction_y);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    what, static_cast<std::uint32_t>(std::ceil(c.width / c.reduction)),
                    picture.width);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    what, static_cast<std::uint32_t>(std::ceil(c.height / c.reduction)),
                    picture.height);
                CPPUNIT_ASSERT_MESSAGE(what, largest_difference(picture, spec.colour) < 8);
            }
    }

    void cmyk_without_adobes_marker_is_not_inverted() {
        JpegSpec spec = make_spec(40, 40, JpegColour::kCmyk);
        spec.adobe = false;
        check_spec(spec, 6, "plain CMYK");
    }

    void each_of_the_eight_orientations_is_undone() {
        const JpegSpec upright = make_spec(61, 43, JpegColour::kGrey);
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const JpegSpec stored = stored_as(orientation, upright);
            const Picture picture = decoded(write_jpeg(stored));
            CPPUNIT_ASSERT_EQUAL(orientation, picture.orientation);
            CPPUNIT_ASSERT_EQUAL(61u, picture.width);
            CPPUNIT_ASSERT_EQUAL(43u, picture.height);
            CPPUNIT_ASSERT_EQUAL(stored.width, picture.source_width);
            CPPUNIT_ASSERT_EQUAL(stored.height, picture.source_height);
            for (std::size_t i = 0; i < upright.pixels.size(); ++i)
                CPPUNIT_ASSERT(std::abs(upright.pixels[i] - picture.pixels[i]) <= 3);
        }
    }

    void an_orientation_out_of_range_and_other_app1_markers_are_ignored() {
        JpegSpec spec = make_spec(30, 20, JpegColour::kGrey);
        for (int orientation : {0, 9, 255}) {
            spec.app1 = exif_app1(orientation);
            CPPUNIT_ASSERT_EQUAL(1, decoded(write_jpeg(spec)).orientation);
        }
        const std::string xmp = "http://ns.adobe.com/xap/1.0/";
        spec.app1.assign(xmp.begin(), xmp.end());
        spec.app1.resize(65533);
        CPPUNIT_ASSERT_EQUAL(1, decoded(write_jpeg(spec)).orientation);
        // A second APP1 behind it is found.
        Bytes file = write_jpeg(spec);
        const Bytes exif = exif_app1(3);
        Bytes marker = {0xff, 0xe1, 0, static_cast<std::uint8_t>(exif.size() + 2)};
        marker = marker + exif;
        file.insert(file.begin() + 2, marker.begin(), marker.end());
        CPPUNIT_ASSERT_EQUAL(3, decoded(file).orientation);
    }

    void a_directory_that_points_at_itself_is_read_once() {
        JpegSpec spec = make_spec(30, 20, JpegColour::kGrey);
        for (const bool has_orientation : {true, false}) {
            spec.app1 = exif_app1(6);
            spec.app1.back() = 8;                        // the offset of the next directory
            if (!has_orientation) spec.app1[17] = 0x13;  // the tag
            CPPUNIT_ASSERT_EQUAL(has_orientation ? 6 : 1, decoded(write_jpeg(spec)).orientation);
        }
    }

    void comments_and_markers_of_applications_are_not_looked_at() {
        const Bytes file = write_jpeg(make_spec(33, 35, JpegColour::kYcbcr));
        const Picture plain = decoded(file);
        // COM and APP2 (profiles), APP13 (Photoshop), of which there may be any number.
        for (const int marker : {0xfe, 0xe2, 0xed})
            for (const int size : {0, 1, 14, 65533}) {
                Bytes markers;
                for (int i = 0; i < 5; ++i)
                    markers = markers +
                              Bytes{0xff, static_cast<std::uint8_t>(marker),
                                    static_cast<std::uint8_t>((size + 2) >> 8),
                                    static_cast<std::uint8_t>(size + 2)} +
                              Bytes(static_cast<std::size_t>(size), 0xff);
                const Bytes marked = cut(file, 2) + markers + Bytes(file.begin() + 2, file.end());
                CPPUNIT_ASSERT(decoded(marked).pixels == plain.pixels);
            }
    }

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

    void the_coefficients_of_sixteen_megapixels_fit_the_memory_limit() {
        JpegSpec spec = make_spec(4000, 4000, JpegColour::kYcbcr);
        spec.quality = 40;
        spec.progressive = true;  // 96 MiB of coefficients
        const Picture picture = decoded(write_jpeg(spec));
        CPPUNIT_ASSERT(largest_difference(picture, spec.colour) < 8);
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
CPPUNIT_TEST_SUITE_REGISTRATION(DecodeJpegTest);

}  // namespace digit::test
