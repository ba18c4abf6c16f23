// SPDX-License-Identifier: Apache-2.0
// Damaged, endless and oversized PNG files.
#include <cppunit/extensions/HelperMacros.h>

#include <random>

#include "tests/unit/decoded.h"
#include "tests/unit/png_samples.h"
#include "tests/unit/random_changes.h"

namespace digit::test {

class DecodePngDamageTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodePngDamageTest);
    CPPUNIT_TEST(a_file_cut_anywhere_before_its_end_chunk_is_refused_as_cut);
    CPPUNIT_TEST(a_changed_byte_of_pixel_data_is_refused);
    CPPUNIT_TEST(data_that_end_before_the_last_row_are_refused);
    CPPUNIT_TEST(data_behind_the_last_row_are_not_inflated);
    CPPUNIT_TEST(damaged_and_huge_ancillary_chunks_are_stepped_over);
    CPPUNIT_TEST(a_damaged_tRNS_is_ignored);
    CPPUNIT_TEST(files_that_break_the_format_are_refused);
    CPPUNIT_TEST(each_limit_refuses_with_its_own_code);
    CPPUNIT_TEST(a_turned_picture_needs_memory_twice);
    CPPUNIT_TEST(random_changes_never_do_worse_than_a_refusal);
    CPPUNIT_TEST_SUITE_END();

    void a_file_cut_anywhere_before_its_end_chunk_is_refused_as_cut() {
        for (bool interlaced : {false, true}) {
            const Bytes file = write_png(make_sample(19, 21, 8, 6, interlaced, false).spec);
            for (std::size_t size = 8; size < file.size() - kPngEnd.size(); ++size)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(size), std::string("TruncatedImage"),
                                             std::string(code_name(code_of(cut(file, size)))));
            for (std::size_t size = file.size() - kPngEnd.size(); size < file.size(); ++size)
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
                                   code_of(before + damaged + kPngEnd) == Code::kBrokenImage);
        }
    }

    void data_that_end_before_the_last_row_are_refused() {
        Bytes rows = grey_rows(28, 28);
        rows.resize(rows.size() - 10);
        const Bytes start = png_signature() + png_header(28, 28, 8, 0, false);
        const Bytes idat = png_chunk("IDAT", zlib_compress(rows));
        CPPUNIT_ASSERT(code_of(start + idat + kPngEnd) == Code::kTruncatedImage);
        // The rest comes, but not where it may.
        CPPUNIT_ASSERT(code_of(start + idat + png_chunk("tIME", Bytes(7)) + idat + kPngEnd) ==
                       Code::kTruncatedImage);
        CPPUNIT_ASSERT(code_of(start + kPngEnd) == Code::kBrokenImage);
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
        CPPUNIT_ASSERT(code_of(start + png_chunk("IDAT", stream) + kPngEnd) == Code::kOk);
        CPPUNIT_ASSERT(code_of(start + png_chunk("IDAT", cut(stream, size)) +
                               png_chunk("IDAT", Bytes(stream.begin() + size, stream.end())) +
                               png_chunk("IDAT", Bytes(1000, 0xff)) + kPngEnd) == Code::kOk);
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
            {"no header", png_signature() + idat + kPngEnd},
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
            return png_signature() + png_header(width, height, 8, 0, false) + idat + kPngEnd;
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
                            png_chunk("IDAT", zlib_compress(Bytes(4001 * 1000))) + kPngEnd;
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
        const Bytes turned = with_chunks(png_chunk("eXIf", png_exif(6)));
        Limits limits;
        limits.max_memory_bytes = 20'000;
        while (code_of(with_chunks({}), limits) == Code::kTooExpensive)
            limits.max_memory_bytes += 200;
        CPPUNIT_ASSERT(code_of(with_chunks({}), limits) == Code::kOk);
        CPPUNIT_ASSERT(code_of(turned, limits) == Code::kTooExpensive);
        limits.max_memory_bytes += 10'000;
        CPPUNIT_ASSERT(code_of(turned, limits) == Code::kOk);
    }

    void random_changes_never_do_worse_than_a_refusal() {
        std::mt19937 random(7);
        for_every_kind([&](int type, int depth, bool transparency, const std::string&) {
            const Bytes file = write_png(make_sample(17, 13, depth, type, true, transparency).spec);
            assert_survives_changes(file, random, 200);
        });
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodePngDamageTest);

}  // namespace digit::test
