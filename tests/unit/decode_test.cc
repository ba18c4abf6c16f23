// SPDX-License-Identifier: Apache-2.0
#include "libdigit/decode.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

#include "libdigit/decode_job.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Status status_of(const Bytes& file) {
    const Result<Picture> picture = decode(file, Limits{}, Colour::kLuma);
    return picture ? Status{} : picture.status();
}

}  // namespace

class DecodeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DecodeTest);
    CPPUNIT_TEST(the_format_is_told_by_content_alone);
    CPPUNIT_TEST(empty_large_and_foreign_files_are_refused);
    CPPUNIT_TEST(refusals_name_what_was_found_and_the_limit);
    CPPUNIT_TEST(messages_of_libraries_are_made_printable_and_short);
    CPPUNIT_TEST(every_code_has_a_name_of_its_own);
    CPPUNIT_TEST_SUITE_END();

    void the_format_is_told_by_content_alone() {
        CPPUNIT_ASSERT(sniff_format(png_signature()) == ImageFormat::kPng);
        CPPUNIT_ASSERT(sniff_format(Bytes{0xff, 0xd8, 0xff}) == ImageFormat::kJpeg);
        CPPUNIT_ASSERT(sniff_format(bytes_of("GIF87a")) == ImageFormat::kGif);
        CPPUNIT_ASSERT(sniff_format(bytes_of("GIF89a")) == ImageFormat::kGif);
        CPPUNIT_ASSERT(!sniff_format(bytes_of("GIF88a")));
        CPPUNIT_ASSERT(!sniff_format(bytes_of("RIFF....WEBPVP8 ")));
        CPPUNIT_ASSERT(!sniff_format(cut(png_signature(), 7)));
        CPPUNIT_ASSERT(!sniff_format({}));
        CPPUNIT_ASSERT_EQUAL(std::string("png"), std::string(format_name(ImageFormat::kPng)));
        CPPUNIT_ASSERT_EQUAL(std::string("jpeg"), std::string(format_name(ImageFormat::kJpeg)));
        CPPUNIT_ASSERT_EQUAL(std::string("gif"), std::string(format_name(ImageFormat::kGif)));
    }

    void empty_large_and_foreign_files_are_refused() {
        CPPUNIT_ASSERT(status_of({}).code == Code::kEmptyFile);
        CPPUNIT_ASSERT(status_of(Bytes((1 << 20) + 1)).code == Code::kFileTooLarge);
        CPPUNIT_ASSERT(status_of(Bytes(1 << 20)).code == Code::kNotAnImage);
        CPPUNIT_ASSERT(status_of(bytes_of("<svg/>")).code == Code::kNotAnImage);
        // A signature and nothing behind it.
        CPPUNIT_ASSERT(status_of(png_signature()).code == Code::kTruncatedImage);
        CPPUNIT_ASSERT(status_of({0xff, 0xd8, 0xff}).code == Code::kTruncatedImage);
        CPPUNIT_ASSERT(status_of(bytes_of("GIF89a")).code == Code::kTruncatedImage);
    }

    void refusals_name_what_was_found_and_the_limit() {
        const auto png = [](std::uint32_t width, std::uint32_t height) {
            return status_of(png_signature() + png_header(width, height, 8, 0, false)).message();
        };
        CPPUNIT_ASSERT_EQUAL(std::string("PNG: 20000×30 pixels; an edge may have at most 16384"),
                             png(20000, 30));
        CPPUNIT_ASSERT_EQUAL(std::string("PNG: 20×9 pixels; each edge needs at least 10"),
                             png(20, 9));
        CPPUNIT_ASSERT_EQUAL(
            std::string("PNG: 5000×4000 pixels, 20000000 in all; at most 16777216 are read"),
            png(5000, 4000));
        CPPUNIT_ASSERT_EQUAL(
            std::string("PNG: the file ends after 33 bytes, before its picture is complete"),
            png(20, 20));
        CPPUNIT_ASSERT_EQUAL(std::string("the file has 1048577 bytes; at most 1048576 are read"),
                             status_of(Bytes((1 << 20) + 1)).message());
    }

    void messages_of_libraries_are_made_printable_and_short() {
        CPPUNIT_ASSERT_EQUAL(std::string("a?b?c"), library_message("a\nb\xff"
                                                                   "c"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{100},
                             library_message(std::string(5000, 'x').c_str()).size());
    }

    void every_code_has_a_name_of_its_own() {
        std::set<std::string_view> names;
        for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code)
            names.insert(code_name(static_cast<Code>(code)));
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(Code::kInternal) + 1, names.size());
        CPPUNIT_ASSERT(!names.contains("Unknown"));
        CPPUNIT_ASSERT_EQUAL(std::string("NotAnImage"), std::string(code_name(Code::kNotAnImage)));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecodeTest);

}  // namespace digit::test
