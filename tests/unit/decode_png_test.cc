// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
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

Picture decoded(const Bytes& file, Colour colour = Colour::kLuma) {
    Limits limits;
    limits.max_file_bytes = 16u << 20;  // noise does not compress
    Result<Picture> picture = decode(file, limits, colour);
    if (!picture) CPPUNIT_FAIL(picture.status().message());
    return std::move(*picture);
}

struct Rgba {
    double red, green, blue, alpha;  // 0 to 255
};

// A random picture and what each of its pixels means.
struct Sample {
    PngSpec spec;
    std::vector<Rgba> pixels;
};

void put_bits(Bytes& row, std::size_t index, int depth, unsigned value) {
    if (depth == 16) {
        row[2 * index] = static_cast<std::uint8_t>(value >> 8);
        row[2 * index + 1] = static_cast<std::uint8_t>(value);
        return;
    }
    const std::size_t bit = index * static_cast<std::size_t>(depth);
    row[bit / 8] |= static_cast<std::uint8_t>(value << (8 - static_cast<int>(bit % 8) - depth));
}

Rgba meaning_of(const PngSpec& spec, const std::array<unsigned, 4>& v) {
    const double scale = 255.0 / ((1 << spec.depth) - 1);
    const bool is_key = spec.has_key && v[0] == spec.key[0] &&
                        (spec.colour_type == 0 || (v[1] == spec.key[1] && v[2] == spec.key[2]));
    const double opaque = is_key ? 0 : 255;
    switch (spec.colour_type) {
        case 0:
            return {v[0] * scale, v[0] * scale, v[0] * scale, opaque};
        case 2:
            return {v[0] * scale, v[1] * scale, v[2] * scale, opaque};
        case 3: {
            const auto& c = spec.palette[v[0]];
            const double alpha = v[0] < spec.palette_alpha.size() ? spec.palette_alpha[v[0]] : 255;
            return {double(c[0]), double(c[1]), double(c[2]), alpha};
        }
        case 4:
            return {v[0] * scale, v[0] * scale, v[0] * scale, v[1] * scale};
        default:
            return {v[0] * scale, v[1] * scale, v[2] * scale, v[3] * scale};
    }
}

Sample make_sample(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                   bool interlaced, bool transparency) {
    std::mt19937 random(width * 31 + height + static_cast<unsigned>(depth * 7 + colour_type));
    Sample sample;
    PngSpec& spec = sample.spec;
    spec.width = width;
    spec.height = height;
    spec.depth = depth;
    spec.colour_type = colour_type;
    spec.interlaced = interlaced;
    const unsigned top = (1u << depth) - 1;
    if (colour_type == 3)
        for (unsigned i = 0; i <= top; ++i) {
            spec.palette.push_back({static_cast<std::uint8_t>(random()),
                                    static_cast<std::uint8_t>(random()),
                                    static_cast<std::uint8_t>(random())});
            if (transparency && i % 2 == 0)
                spec.palette_alpha.push_back(static_cast<std::uint8_t>(random()));
            else if (transparency)
                spec.palette_alpha.push_back(255);
        }
    spec.has_key = transparency && (colour_type == 0 || colour_type == 2);
    const auto samples = static_cast<std::size_t>(png_samples(colour_type));
    for (std::uint32_t y = 0; y < height; ++y) {
        Bytes row((width * samples * static_cast<std::size_t>(depth) + 7) / 8);
        for (std::uint32_t x = 0; x < width; ++x) {
            std::array<unsigned, 4> v{};
            // Every fourth pixel is the transparent colour: all samples zero.
            for (std::size_t s = 0; s < samples; ++s)
                v[s] = random() % 4 == 0 && spec.has_key ? 0 : random() & top;
            for (std::size_t s = 0; s < samples; ++s) put_bits(row, x * samples + s, depth, v[s]);
            sample.pixels.push_back(meaning_of(spec, v));
        }
        spec.rows.insert(spec.rows.end(), row.begin(), row.end());
    }
    return sample;
}

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

struct Kind {
    int colour_type;
    std::vector<int> depths;
    bool may_be_transparent;
};
const std::vector<Kind> kKinds = {{0, {1, 2, 4, 8, 16}, true},
                                  {2, {8, 16}, true},
                                  {3, {1, 2, 4, 8}, true},
                                  {4, {8, 16}, false},
                                  {6, {8, 16}, false}};

template <class Check>
void for_every_kind(Check check) {
    for (const Kind& kind : kKinds)
        for (int depth : kind.depths)
            for (bool transparency : {false, true})
                if (!transparency || kind.may_be_transparent)
                    check(kind.colour_type, depth, transparency,
                          "colour type " + std::to_string(kind.colour_type) + ", depth " +
                              std::to_string(depth) + (transparency ? ", tRNS" : ""));
}

Bytes grey_rows(std::uint32_t width, std::uint32_t height) {
    Bytes rows;
    for (std::uint32_t y = 0; y < height; ++y) {
        rows.push_back(0);  // filter: none
        for (std::uint32_t x = 0; x < width; ++x) rows.push_back(static_cast<std::uint8_t>(x * 9));
    }
    return rows;
}

const Bytes kEnd = png_chunk("IEND", {});

// A 28×28 grey PNG with more chunks before its pixels.
Bytes with_chunks(const Bytes& chunks) {
    return png_signature() + png_header(28, 28, 8, 0, false) + chunks +
           png_chunk("IDAT", zlib_compress(grey_rows(28, 28))) + kEnd;
}

}  // namespace

class DecodePngTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodePngTest);
    CPPUNIT_TEST(every_colour_type_and_depth_decodes_to_its_pixels);
    CPPUNIT_TEST(interlaced_and_plain_files_decode_to_the_same_reduced_picture);
    CPPUNIT_TEST(a_grey_palette_gives_one_channel);
    CPPUNIT_TEST(an_index_beyond_the_palette_is_black);
    CPPUNIT_TEST(a_wholly_transparent_picture_is_white);
    CPPUNIT_TEST(a_file_cut_anywhere_before_its_end_chunk_is_refused_as_cut);
    CPPUNIT_TEST(a_changed_byte_of_pixel_data_is_refused);
    CPPUNIT_TEST(data_that_end_before_the_last_row_are_refused);
    CPPUNIT_TEST(data_behind_the_last_row_are_not_inflated);
    CPPUNIT_TEST(damaged_and_huge_ancillary_chunks_are_stepped_over);
    CPPUNIT_TEST(text_and_frames_of_an_animation_are_not_looked_at);
    CPPUNIT_TEST(a_directory_that_points_at_itself_is_read_once);
    CPPUNIT_TEST(a_damaged_tRNS_is_ignored);
    CPPUNIT_TEST(files_that_break_the_format_are_refused);
    CPPUNIT_TEST(each_limit_refuses_with_its_own_code);
    CPPUNIT_TEST(a_turned_picture_needs_memory_twice);
    CPPUNIT_TEST(the_orientation_of_an_eXIf_chunk_is_undone);
    CPPUNIT_TEST(random_changes_never_do_worse_than_a_refusal);
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
                           png_chunk("IDAT", zlib_compress(grey_rows(10, 10))) + kEnd;
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

    void a_file_cut_anywhere_before_its_end_chunk_is_refused_as_cut() {
        for (bool interlaced : {false, true}) {
            const Bytes file = write_png(make_sample(19, 21, 8, 6, interlaced, false).spec);
            for (std::size_t size = 8; size < file.size() - kEnd.size(); ++size)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(size), std::string("TruncatedImage"),
                                             std::string(code_name(code_of(cut(file, size)))));
            for (std::size_t size = file.size() - kEnd.size(); size < file.size(); ++size)
                CPPUNIT_ASSERT(code_of(cut(file, size)) == Code::kOk);
        }
    }

    void a_changed_byte_of_pixel_data_is_refused() {
        const Bytes rows = zlib_compress(grey_rows(28, 28));
        const Bytes before = png_signature() + png_header(28, 28, 8, 0, false);
        const Bytes idat = png_chunk("IDAT", rows);
        for (std::size_t i = 8; i < idat.size(); ++i) {
            Bytes damaged = idat;
            damaged[i] ^= 0x10;
            CPPUNIT_ASSERT_MESSAGE(std::to_string(i),
                                   code_of(before + damaged + kEnd) == Code::kBrokenImage);
        }
    }

    void data_that_end_before_the_last_row_are_refused() {
        Bytes rows = grey_rows(28, 28);
        rows.resize(rows.size() - 10);
        const Bytes start = png_signature() + png_header(28, 28, 8, 0, false);
        const Bytes idat = png_chunk("IDAT", zlib_compress(rows));
        CPPUNIT_ASSERT(code_of(start + idat + kEnd) == Code::kTruncatedImage);
        // The rest comes, but not where it may.
        CPPUNIT_ASSERT(code_of(start + idat + png_chunk("tIME", Bytes(7)) + idat + kEnd) ==
                       Code::kTruncatedImage);
        CPPUNIT_ASSERT(code_of(start + kEnd) == Code::kBrokenImage);
    }

    // Well behind the rows comes a block of a type that deflate does not have: whoever inflated
    // it would fail.
    void data_behind_the_last_row_are_not_inflated() {
        const Bytes rows = grey_rows(28, 28) + Bytes(100);
        const auto size = static_cast<unsigned>(rows.size());
        Bytes stream = {0x78, 0x01, 0x00};  // zlib header, a stored block that is not the last
        for (unsigned value : {size, ~size}) {
            stream.push_back(static_cast<std::uint8_t>(value));
            stream.push_back(static_cast<std::uint8_t>(value >> 8));
        }
        stream = stream + rows + Bytes(20, 0xff);
        const Bytes start = png_signature() + png_header(28, 28, 8, 0, false);
        CPPUNIT_ASSERT(code_of(start + png_chunk("IDAT", stream) + kEnd) == Code::kOk);
        CPPUNIT_ASSERT(code_of(start + png_chunk("IDAT", cut(stream, size)) +
                               png_chunk("IDAT", Bytes(stream.begin() + size, stream.end())) +
                               png_chunk("IDAT", Bytes(1000, 0xff)) + kEnd) == Code::kOk);
    }

    void damaged_and_huge_ancillary_chunks_are_stepped_over() {
        Bytes bomb = {'k', 0, 0};
        bomb = bomb + zlib_compress(Bytes(8'000'000, 'a'));
        Bytes chunks;
        for (int i = 0; i < 20; ++i) chunks = chunks + png_chunk("zTXt", bomb);
        chunks = chunks + png_chunk("iCCP", bomb) + png_chunk("bKGD", Bytes(100)) +
                 png_chunk("gAMA", {1}) + png_chunk("acTL", Bytes(8, 0xff));
        Bytes bad_crc = png_chunk("tEXt", Bytes(50, 'x'));
        bad_crc.back() ^= 1;
        const Picture picture = decoded(with_chunks(chunks + bad_crc));
        CPPUNIT_ASSERT(picture.pixels == decoded(with_chunks({})).pixels);
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
            Bytes exif = exif_app1(6);
            exif.erase(exif.begin(), exif.begin() + 6);
            exif.back() = 8;                        // the offset of the next directory
            if (!has_orientation) exif[11] = 0x13;  // the tag
            CPPUNIT_ASSERT_EQUAL(has_orientation ? 6 : 1,
                                 decoded(with_chunks(png_chunk("eXIf", exif))).orientation);
        }
    }

    void a_damaged_tRNS_is_ignored() {
        Bytes transparency = png_chunk("tRNS", {0, 9});
        const Picture keyed = decoded(with_chunks(transparency));
        CPPUNIT_ASSERT_EQUAL(255, int(keyed.pixels[1]));
        transparency.back() ^= 1;
        CPPUNIT_ASSERT(decoded(with_chunks(transparency)).pixels ==
                       decoded(with_chunks({})).pixels);
        CPPUNIT_ASSERT(decoded(with_chunks(png_chunk("tRNS", Bytes(100'000)))).pixels ==
                       decoded(with_chunks({})).pixels);
    }

    void files_that_break_the_format_are_refused() {
        const Bytes idat = png_chunk("IDAT", zlib_compress(grey_rows(28, 28)));
        const Bytes header = png_header(28, 28, 8, 0, false);
        const std::vector<std::pair<const char*, Bytes>> cases = {
            {"no header", png_signature() + idat + kEnd},
            {"another chunk first", png_signature() + png_chunk("CgBI", Bytes(4)) + header + idat},
            {"two headers", png_signature() + header + header + idat},
            {"depth 3", png_signature() + png_header(28, 28, 3, 0, false) + idat},
            {"colour type 5", png_signature() + png_header(28, 28, 8, 5, false) + idat},
            {"width 0", png_signature() + png_header(0, 28, 8, 0, false) + idat},
            {"no palette", png_signature() + png_header(28, 28, 8, 3, false) + idat},
            {"a palette of 5 bytes", png_signature() + png_header(28, 28, 8, 3, false) +
                                         png_chunk("PLTE", Bytes(5)) + idat},
            {"an unknown chunk that matters", with_chunks(png_chunk("ABCD", Bytes(4)))},
        };
        for (const auto& [what, file] : cases)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string("BrokenImage"),
                                         std::string(code_name(code_of(file))));
    }

    void each_limit_refuses_with_its_own_code() {
        const Bytes idat = png_chunk("IDAT", zlib_compress(grey_rows(28, 28)));
        const auto sized = [&](std::uint32_t width, std::uint32_t height) {
            return png_signature() + png_header(width, height, 8, 0, false) + idat + kEnd;
        };
        CPPUNIT_ASSERT(code_of(sized(9, 28)) == Code::kEdgeTooSmall);
        CPPUNIT_ASSERT(code_of(sized(28, 9)) == Code::kEdgeTooSmall);
        CPPUNIT_ASSERT(code_of(sized(16385, 28)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(28, 0x7fffffff)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(4097, 4097)) == Code::kTooManyPixels);
        CPPUNIT_ASSERT(code_of(sized(4096, 4096)) == Code::kTruncatedImage);

        Limits limits;
        limits.max_memory_bytes = 20'000;  // inflate alone takes 40,000
        CPPUNIT_ASSERT(code_of(sized(28, 28), limits) == Code::kTooExpensive);
        limits.max_memory_bytes = 1'000;  // libpng does not even start
        CPPUNIT_ASSERT(code_of(sized(28, 28), limits) == Code::kTooExpensive);
        limits = {};
        limits.max_file_bytes = 100;
        CPPUNIT_ASSERT(code_of(sized(28, 28), limits) == Code::kFileTooLarge);

        const Bytes large = png_signature() + png_header(4000, 1000, 8, 0, false) +
                            png_chunk("IDAT", zlib_compress(Bytes(4001 * 1000))) + kEnd;
        limits = {};
        CPPUNIT_ASSERT(code_of(large, limits) == Code::kOk);
        limits.max_cpu_ms = 0;
        CPPUNIT_ASSERT(code_of(large, limits) == Code::kTooExpensive);
        limits = {};
        limits.max_memory_bytes = 100'000;
        CPPUNIT_ASSERT(code_of(large, limits) == Code::kTooExpensive);

        // What is stepped over takes time too.
        Bytes text;
        for (int i = 0; i < 4; ++i) text = text + png_chunk("tEXt", Bytes(250'000, 'x'));
        limits = {};
        CPPUNIT_ASSERT(code_of(with_chunks(text), limits) == Code::kOk);
        limits.max_cpu_ms = 0;
        CPPUNIT_ASSERT(code_of(with_chunks(text), limits) == Code::kTooExpensive);
    }

    void a_turned_picture_needs_memory_twice() {
        Bytes exif = exif_app1(6);
        exif.erase(exif.begin(), exif.begin() + 6);
        const Bytes turned = with_chunks(png_chunk("eXIf", exif));
        Limits limits;
        limits.max_memory_bytes = 20'000;
        while (code_of(with_chunks({}), limits) == Code::kTooExpensive)
            limits.max_memory_bytes += 200;
        CPPUNIT_ASSERT(code_of(with_chunks({}), limits) == Code::kOk);
        CPPUNIT_ASSERT(code_of(turned, limits) == Code::kTooExpensive);
        limits.max_memory_bytes += 10'000;
        CPPUNIT_ASSERT(code_of(turned, limits) == Code::kOk);
    }

    void the_orientation_of_an_eXIf_chunk_is_undone() {
        Bytes exif = exif_app1(6);
        exif.erase(exif.begin(), exif.begin() + 6);
        const Picture turned = decoded(with_chunks(png_chunk("eXIf", exif)));
        const Picture plain = decoded(with_chunks({}));
        CPPUNIT_ASSERT_EQUAL(6, turned.orientation);
        for (std::size_t y = 0; y < 28; ++y)
            for (std::size_t x = 0; x < 28; ++x)
                CPPUNIT_ASSERT_EQUAL(plain.pixels[(27 - x) * 28 + y], turned.pixels[y * 28 + x]);
    }

    void random_changes_never_do_worse_than_a_refusal() {
        std::mt19937 random(7);
        for_every_kind([&](int type, int depth, bool transparency, const std::string&) {
            const Bytes file = write_png(make_sample(17, 13, depth, type, true, transparency).spec);
            assert_survives_changes(file, random, 200);
        });
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodePngTest);

}  // namespace digit::test
