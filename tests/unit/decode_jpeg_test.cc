// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/unit/decoded.h"
#include "tests/unit/jpeg_samples.h"

namespace digit::test {
namespace {

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
    CPPUNIT_TEST(the_coefficients_of_sixteen_megapixels_fit_the_memory_limit);
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

    void the_coefficients_of_sixteen_megapixels_fit_the_memory_limit() {
        JpegSpec spec = make_spec(4000, 4000, JpegColour::kYcbcr);
        spec.quality = 40;
        spec.progressive = true;  // 96 MiB of coefficients
        const Picture picture = decoded(write_jpeg(spec));
        CPPUNIT_ASSERT(largest_difference(picture, spec.colour) < 8);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodeJpegTest);

}  // namespace digit::test
