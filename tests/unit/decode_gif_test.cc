// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <random>

#include "libdigit/luma.h"
#include "tests/unit/decoded.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/random_changes.h"

namespace digit::test {
namespace {

// Sixteen dark colours; the frame's pixels are random.
GifSpec make_spec(int width, int height) {
    std::mt19937 random(5);
    GifSpec spec;
    spec.width = width;
    spec.height = height;
    for (int i = 0; i < 16; ++i)
        spec.palette.push_back({static_cast<std::uint8_t>(random() % 100),
                                static_cast<std::uint8_t>(random() % 100),
                                static_cast<std::uint8_t>(random() % 100)});
    for (int i = 0; i < width * height; ++i)
        spec.pixels.push_back(static_cast<std::uint8_t>(random() % 16));
    return spec;
}

std::uint8_t luma_of(const GifSpec& spec, std::size_t pixel) {
    const auto& c = spec.palette[spec.pixels[pixel]];
    return luma(c[0], c[1], c[2]);
}

void check_pixels(const GifSpec& spec) {
    const Picture picture = decoded(write_gif(spec));
    CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(spec.width), picture.width);
    CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(spec.height), picture.height);
    CPPUNIT_ASSERT_EQUAL(1, picture.channels);
    for (std::size_t i = 0; i < spec.pixels.size(); ++i) {
        const bool transparent = spec.pixels[i] == spec.transparent;
        CPPUNIT_ASSERT_EQUAL(transparent ? 255 : int(luma_of(spec, i)), int(picture.pixels[i]));
    }
    const Picture colours = decoded(write_gif(spec), Colour::kRgb);
    CPPUNIT_ASSERT_EQUAL(3, colours.channels);
    for (std::size_t i = 0; i < spec.pixels.size(); ++i)
        for (std::size_t c = 0; c < 3; ++c) {
            const bool transparent = spec.pixels[i] == spec.transparent;
            CPPUNIT_ASSERT_EQUAL(transparent ? 255 : int(spec.palette[spec.pixels[i]][c]),
                                 int(colours.pixels[i * 3 + c]));
        }
}

// With an extension before the frame: `blocks` of `size` bytes each, which are no valid content of
// any kind.
Bytes with_extension(const Bytes& file, std::uint8_t code, std::uint8_t size, int blocks) {
    Bytes extension = {0x21, code};
    for (int i = 0; i < blocks; ++i) {
        extension.push_back(size);
        extension.insert(extension.end(), size, 0xee);
    }
    extension.push_back(0);
    const std::size_t frame = 13 + 3 * 16;
    return cut(file, frame) + extension + Bytes(file.begin() + frame, file.end());
}

}  // namespace

class DecodeGifTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodeGifTest);
    CPPUNIT_TEST(palettes_interlace_and_transparency_decode_to_their_pixels);
    CPPUNIT_TEST(only_the_first_frame_is_read);
    CPPUNIT_TEST(a_grey_palette_gives_one_channel);
    CPPUNIT_TEST(a_small_frame_lies_at_its_place_on_a_transparent_screen);
    CPPUNIT_TEST(a_screen_too_small_for_its_frame_grows);
    CPPUNIT_TEST(large_pictures_are_reduced);
    CPPUNIT_TEST(a_file_cut_in_its_first_frame_is_refused_as_cut);
    CPPUNIT_TEST(a_file_without_a_picture_or_a_palette_is_broken);
    CPPUNIT_TEST(damaged_pixel_data_are_refused);
    CPPUNIT_TEST(each_limit_refuses_with_its_own_code);
    CPPUNIT_TEST(comments_and_extensions_of_applications_are_not_looked_at);
    CPPUNIT_TEST(reading_extensions_takes_computing_time_too);
    CPPUNIT_TEST(random_changes_never_do_worse_than_a_refusal);
    CPPUNIT_TEST_SUITE_END();

    void palettes_interlace_and_transparency_decode_to_their_pixels() {
        for (bool interlaced : {false, true})
            for (bool local : {false, true})
                for (int transparent : {-1, 3}) {
                    GifSpec spec = make_spec(29, 31);
                    spec.interlaced = interlaced;
                    spec.local_palette = local;
                    spec.transparent = transparent;
                    check_pixels(spec);
                }
    }

    void only_the_first_frame_is_read() {
        GifSpec spec = make_spec(29, 31);
        const Bytes one = write_gif(spec);
        spec.frames = 3;
        Bytes three = write_gif(spec);
        three.resize(one.size() + 5);  // the second is cut
        CPPUNIT_ASSERT(decoded(three).pixels == decoded(one).pixels);
    }

    void a_grey_palette_gives_one_channel() {
        GifSpec spec = make_spec(20, 20);
        for (auto& colour : spec.palette) colour[1] = colour[2] = colour[0];
        CPPUNIT_ASSERT_EQUAL(1, decoded(write_gif(spec), Colour::kRgb).channels);
    }

    void a_small_frame_lies_at_its_place_on_a_transparent_screen() {
        for (bool interlaced : {false, true}) {
            GifSpec spec = make_spec(12, 13);
            spec.frame_width = spec.width;
            spec.frame_height = spec.height;
            spec.width = 40;
            spec.height = 30;
            spec.left = 7;
            spec.top = 9;
            spec.interlaced = interlaced;
            const Picture picture = decoded(write_gif(spec));
            CPPUNIT_ASSERT_EQUAL(40u, picture.width);
            CPPUNIT_ASSERT_EQUAL(30u, picture.height);
            for (std::size_t y = 0; y < 30; ++y)
                for (std::size_t x = 0; x < 40; ++x) {
                    const bool inside = x >= 7 && x < 19 && y >= 9 && y < 22;
                    const int expected =
                        inside ? luma_of(spec, (y - 9) * 12 + x - 7) : 255;  // its ink is dark
                    CPPUNIT_ASSERT_EQUAL(expected, int(picture.pixels[y * 40 + x]));
                }
        }
    }

    void a_screen_too_small_for_its_frame_grows() {
        GifSpec spec = make_spec(20, 21);
        const Picture plain = decoded(write_gif(spec));
        spec.frame_width = spec.width;
        spec.frame_height = spec.height;
        spec.width = spec.height = 0;
        CPPUNIT_ASSERT(decoded(write_gif(spec)).pixels == plain.pixels);
        spec.width = spec.height = 15;
        spec.left = 10;
        const Picture grown = decoded(write_gif(spec));
        CPPUNIT_ASSERT_EQUAL(30u, grown.width);
        CPPUNIT_ASSERT_EQUAL(21u, grown.height);
    }

    void large_pictures_are_reduced() {
        GifSpec spec = make_spec(483, 500);
        Picture previous;
        for (bool interlaced : {false, true}) {
            spec.interlaced = interlaced;
            Picture picture = decoded(write_gif(spec));
            CPPUNIT_ASSERT_EQUAL(2.0, picture.reduction_x);
            CPPUNIT_ASSERT_EQUAL(242u, picture.width);
            CPPUNIT_ASSERT_EQUAL(250u, picture.height);
            CPPUNIT_ASSERT(!interlaced || picture.pixels == previous.pixels);
            previous = std::move(picture);
        }
        const int sum =
            luma_of(spec, 0) + luma_of(spec, 1) + luma_of(spec, 483) + luma_of(spec, 484);
        CPPUNIT_ASSERT_EQUAL((sum + 2) / 4, int(previous.pixels[0]));
    }

    void a_file_cut_in_its_first_frame_is_refused_as_cut() {
        for (bool interlaced : {false, true}) {
            GifSpec spec = make_spec(29, 31);
            spec.interlaced = interlaced;
            spec.transparent = 2;
            const Bytes file = write_gif(spec);
            // The pixels' last block ends with the code that ends the data, which nobody needs;
            // behind it are an empty block and the trailer.
            for (std::size_t size = 6; size < file.size() - 4; ++size)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(size), std::string("TruncatedImage"),
                                             std::string(code_name(code_of(cut(file, size)))));
            CPPUNIT_ASSERT(decoded(cut(file, file.size() - 1)).pixels == decoded(file).pixels);
            CPPUNIT_ASSERT(decoded(cut(file, file.size() - 2)).pixels == decoded(file).pixels);
        }
    }

    void a_file_without_a_picture_or_a_palette_is_broken() {
        Bytes nothing = {'G', 'I', 'F', '8', '9', 'a', 20, 0, 20, 0, 0, 0, 0, 0x3b};
        CPPUNIT_ASSERT(code_of(nothing) == Code::kBrokenImage);
        nothing.pop_back();
        CPPUNIT_ASSERT(code_of(nothing) == Code::kTruncatedImage);
        nothing.push_back('?');
        CPPUNIT_ASSERT(code_of(nothing) == Code::kBrokenImage);

        GifSpec spec = make_spec(20, 20);
        Bytes file = write_gif(spec);
        file[10] = 0;  // no global palette
        file.erase(file.begin() + 13, file.begin() + 13 + 3 * 16);
        const auto result = decode(file, Limits{}, Colour::kLuma);
        CPPUNIT_ASSERT(!result && result.status().code == Code::kBrokenImage);
        CPPUNIT_ASSERT_EQUAL(std::string("GIF: it has no palette"), result.status().message());

        spec = make_spec(20, 20);
        file = write_gif(spec);
        const std::size_t descriptor = 13 + 3 * 16;
        CPPUNIT_ASSERT_EQUAL(0x2c, int(file[descriptor]));
        file[descriptor + 5] = 0;  // the frame's width
        CPPUNIT_ASSERT(code_of(file) == Code::kBrokenImage);
    }

    void damaged_pixel_data_are_refused() {
        const Bytes file = write_gif(make_spec(20, 20));
        const std::size_t code_size = 13 + 3 * 16 + 10;
        Bytes damaged = file;
        damaged[code_size] = 99;
        CPPUNIT_ASSERT(code_of(damaged) == Code::kBrokenImage);
        damaged = file;
        damaged[code_size + 1] = 0;  // the list of blocks ends where it begins
        CPPUNIT_ASSERT(code_of(damaged) == Code::kBrokenImage);
    }

    void each_limit_refuses_with_its_own_code() {
        const Bytes file = write_gif(make_spec(30, 30));
        const auto sized = [&](int width, int height) {
            Bytes changed = file;
            changed[6] = static_cast<std::uint8_t>(width);
            changed[7] = static_cast<std::uint8_t>(width >> 8);
            changed[8] = static_cast<std::uint8_t>(height);
            changed[9] = static_cast<std::uint8_t>(height >> 8);
            return changed;
        };
        CPPUNIT_ASSERT(code_of(sized(65535, 65535)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(16385, 30)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(4097, 4097)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(4096, 4096)) == Code::kOk);
        CPPUNIT_ASSERT(code_of(write_gif(make_spec(9, 30))) == Code::kEdgeTooSmall);
        CPPUNIT_ASSERT(code_of(write_gif(make_spec(30, 9))) == Code::kEdgeTooSmall);
        Limits limits;
        limits.max_memory_bytes = 10'000;
        CPPUNIT_ASSERT(code_of(file, limits) == Code::kTooExpensive);
        limits.max_memory_bytes = 50'000;
        CPPUNIT_ASSERT(code_of(file, limits) == Code::kOk);
        CPPUNIT_ASSERT(code_of(sized(1000, 1000), limits) == Code::kTooExpensive);
        limits = {};
        limits.max_cpu_ms = 0;
        CPPUNIT_ASSERT(code_of(write_gif(make_spec(800, 900)), limits) == Code::kTooExpensive);
    }

    void comments_and_extensions_of_applications_are_not_looked_at() {
        const Bytes plain = write_gif(make_spec(20, 20));
        for (const std::uint8_t code : {0xfe, 0xff, 0x01, 0x77})
            for (const std::uint8_t size : {1, 11, 12, 255})
                CPPUNIT_ASSERT(decoded(with_extension(plain, code, size, 3)).pixels ==
                               decoded(plain).pixels);
    }

    void reading_extensions_takes_computing_time_too() {
        Limits limits;
        limits.max_cpu_ms = 0;
        const Bytes plain = write_gif(make_spec(20, 20));
        CPPUNIT_ASSERT(code_of(with_extension(plain, 0xfe, 1, 1000), limits) == Code::kOk);
        const auto result = decode(with_extension(plain, 0xfe, 1, 200'000), limits, Colour::kLuma);
        CPPUNIT_ASSERT(!result && result.status().code == Code::kTooExpensive);
        CPPUNIT_ASSERT_EQUAL(
            std::string("GIF: it takes longer than the 0 ms of computing time that it may take"),
            result.status().message());
    }

    void random_changes_never_do_worse_than_a_refusal() {
        std::mt19937 random(9);
        for (bool interlaced : {false, true}) {
            GifSpec spec = make_spec(23, 19);
            spec.interlaced = interlaced;
            spec.transparent = 1;
            const Bytes file = write_gif(spec);
            assert_survives_changes(file, random, 2000);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodeGifTest);

}  // namespace digit::test
