// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/decoded.h"
#include "tests/unit/png_samples.h"

namespace digit::test {
namespace {

double luma_of(const Rgba& p) { return 0.299 * p.red + 0.587 * p.green + 0.114 * p.blue; }

// What the contract says of the picture, in floating point.
std::vector<std::array<double, 3>> expected_of(const std::vector<Rgba>& pixels, bool luma) {
    double light = 0;
    double opaque = 0;
    for (const Rgba& p : pixels) {
        light += luma_of(p) * p.alpha;
        opaque += p.alpha;
    }
    const double background = opaque == 0 || light / opaque < 127.5 ? 255 : 0;
    std::vector<std::array<double, 3>> expected;
    for (const Rgba& p : pixels) {
        const double a = p.alpha / 255;
        const auto over = [&](double v) { return v * a + background * (1 - a); };
        if (luma)
            expected.push_back({over(luma_of(p)), 0, 0});
        else
            expected.push_back({over(p.red), over(p.green), over(p.blue)});
    }
    return expected;
}

void check_pixels(const Sample& sample, Colour colour, const std::string& what) {
    const Picture picture = decoded(write_png(sample.spec), colour);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, sample.spec.width, picture.width);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, sample.spec.height, picture.height);
    const bool colours = sample.spec.colour_type == 2 || sample.spec.colour_type == 3 ||
                         sample.spec.colour_type == 6;
    const int channels = colours && colour == Colour::kRgb ? 3 : 1;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(what, channels, picture.channels);
    const auto expected = expected_of(sample.pixels, channels == 1);
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
            largest = std::max(
                largest, std::fabs(expected[i][c] -
                                   picture.pixels[i * static_cast<std::size_t>(channels) + c]));
    // Rounded up to three times: depth, luma, alpha.
    CPPUNIT_ASSERT_MESSAGE(what + ": differs by " + std::to_string(largest), largest <= 1.6);
}

}  // namespace

class DecodePngTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodePngTest);
    CPPUNIT_TEST(every_colour_type_and_depth_decodes_to_its_pixels);
    CPPUNIT_TEST(interlaced_and_plain_files_decode_to_the_same_reduced_picture);
    CPPUNIT_TEST(a_grey_palette_gives_one_channel);
    CPPUNIT_TEST(an_index_beyond_the_palette_is_black);
    CPPUNIT_TEST(a_wholly_transparent_picture_is_white);
    CPPUNIT_TEST(text_and_frames_of_an_animation_are_not_looked_at);
    CPPUNIT_TEST(a_directory_that_points_at_itself_is_read_once);
    CPPUNIT_TEST(the_orientation_of_an_eXIf_chunk_is_undone);
    CPPUNIT_TEST_SUITE_END();

    void every_colour_type_and_depth_decodes_to_its_pixels() {
        for_every_kind([](int type, int depth, bool transparency, const std::string& what) {
            for (bool interlaced : {false, true}) {
                const Sample sample = make_sample(37, 23, depth, type, interlaced, transparency);
                check_pixels(sample, Colour::kLuma, what + (interlaced ? ", Adam7" : ""));
                check_pixels(sample, Colour::kRgb, what + (interlaced ? ", Adam7, RGB" : ", RGB"));
            }
        });
    }

    void interlaced_and_plain_files_decode_to_the_same_reduced_picture() {
        for_every_kind([](int type, int depth, bool transparency, const std::string& what) {
            Sample sample = make_sample(482, 487, depth, type, false, transparency);
            const Picture plain = decoded(write_png(sample.spec), Colour::kRgb);
            CPPUNIT_ASSERT_EQUAL(2.0, plain.reduction_x);
            CPPUNIT_ASSERT_EQUAL(241u, plain.width);
            CPPUNIT_ASSERT_EQUAL(244u, plain.height);
            sample.spec.interlaced = true;
            const Picture interlaced = decoded(write_png(sample.spec), Colour::kRgb);
            CPPUNIT_ASSERT_MESSAGE(what, plain.pixels == interlaced.pixels);
        });
        // Some passes of a narrow or low picture are empty.
        for (std::uint32_t width = 10; width < 20; ++width) {
            Sample sample = make_sample(width, 31 - width, 8, 2, false, false);
            const Picture plain = decoded(write_png(sample.spec));
            sample.spec.interlaced = true;
            CPPUNIT_ASSERT(plain.pixels == decoded(write_png(sample.spec)).pixels);
        }
    }

    void a_grey_palette_gives_one_channel() {
        Sample sample = make_sample(20, 20, 2, 3, false, false);
        sample.spec.palette = {{0, 0, 0}, {80, 80, 80}, {170, 170, 170}, {255, 255, 255}};
        CPPUNIT_ASSERT_EQUAL(1, decoded(write_png(sample.spec), Colour::kRgb).channels);
    }

    void an_index_beyond_the_palette_is_black() {
        const Bytes file = png_signature() + png_header(10, 10, 8, 3, false) +
                           png_chunk("PLTE", {200, 200, 200}) +
                           png_chunk("IDAT", zlib_compress(grey_rows(10, 10))) + kPngEnd;
        const Picture picture = decoded(file);
        CPPUNIT_ASSERT_EQUAL(200, int(picture.pixels[0]));
        CPPUNIT_ASSERT_EQUAL(0, int(picture.pixels[1]));
    }

    void a_wholly_transparent_picture_is_white() {
        PngSpec spec;
        spec.width = spec.height = 12;
        spec.colour_type = 6;
        spec.rows.assign(12 * 12 * 4, 0);
        for (std::uint8_t value : decoded(write_png(spec)).pixels)
            CPPUNIT_ASSERT_EQUAL(255, int(value));
    }

    void text_and_frames_of_an_animation_are_not_looked_at() {
        const Picture plain = decoded(with_chunks({}));
        // A frame's control and data that would be a picture of their own, and garbage.
        const Bytes frame = Bytes(4) + zlib_compress(Bytes(28 * 29));
        for (const char* type : {"iTXt", "tEXt", "zTXt", "tIME", "fcTL", "fdAT"})
            for (const Bytes& content : {Bytes{}, Bytes(26), Bytes(70'000, 0xee), frame}) {
                const Picture picture = decoded(with_chunks(png_chunk(type, content)));
                CPPUNIT_ASSERT_MESSAGE(type, picture.pixels == plain.pixels);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(type, plain.width, picture.width);
            }
    }

    void a_directory_that_points_at_itself_is_read_once() {
        for (const bool has_orientation : {true, false}) {
            Bytes exif = png_exif(6);
            exif.back() = 8;                        // the offset of the next directory
            if (!has_orientation) exif[11] = 0x13;  // the tag
            CPPUNIT_ASSERT_EQUAL(has_orientation ? 6 : 1,
                                 decoded(with_chunks(png_chunk("eXIf", exif))).orientation);
        }
    }

    void the_orientation_of_an_eXIf_chunk_is_undone() {
        const Picture turned = decoded(with_chunks(png_chunk("eXIf", png_exif(6))));
        const Picture plain = decoded(with_chunks({}));
        CPPUNIT_ASSERT_EQUAL(6, turned.orientation);
        for (std::size_t y = 0; y < 28; ++y)
            for (std::size_t x = 0; x < 28; ++x)
                CPPUNIT_ASSERT_EQUAL(plain.pixels[(27 - x) * 28 + y], turned.pixels[y * 28 + x]);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodePngTest);

}  // namespace digit::test
