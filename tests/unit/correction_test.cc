// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libdigit/png_writer.h"
#include "mod_digit/correction.h"
#include "tests/unit/file_size_limit.h"
#include "tests/unit/temporary_folder.h"

namespace digit::test {
namespace {

namespace fs = std::filesystem;

std::array<std::uint8_t, kInputPixels> stroke() {
    std::array<std::uint8_t, kInputPixels> pixels{};
    for (std::size_t y = 4; y < 24; ++y) pixels[y * kInputEdge + 14] = 200;
    return pixels;
}

std::string uri_of(int edge) {
    const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(edge * edge), 9);
    return data_uri(
        encode_png(pixels, static_cast<std::uint32_t>(edge), static_cast<std::uint32_t>(edge), 1));
}

std::string stroke_uri() { return data_uri(encode_png(stroke(), kInputEdge, kInputEdge, 1)); }

std::string json(const std::string& digit, const std::string& picture) {
    return "{\"digit\":" + digit + ",\"picture\":" + picture + "}";
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

Correction parsed(const std::string& text) {
    auto correction = parse_correction(text);
    if (const auto* problem = std::get_if<Problem>(&correction)) CPPUNIT_FAIL(problem->detail);
    return std::get<Correction>(correction);
}

Problem problem_of(const std::string& text) {
    auto correction = parse_correction(text);
    CPPUNIT_ASSERT_MESSAGE(text, std::holds_alternative<Problem>(correction));
    return std::get<Problem>(correction);
}

void assert_refused(const std::string& text, const std::string& reason) {
    const Problem problem = problem_of(text);
    CPPUNIT_ASSERT_EQUAL(400, problem.kind->status);
    CPPUNIT_ASSERT_MESSAGE(text + ": " + problem.detail,
                           problem.detail.find(reason) != std::string::npos);
}

long files_below(const fs::path& folder) {
    return std::count_if(fs::recursive_directory_iterator(folder),
                         fs::recursive_directory_iterator(),
                         [](const fs::directory_entry& e) { return e.is_regular_file(); });
}

Problem problem_of_storing(const fs::path& folder, std::uint64_t limit = 10) {
    const auto stored = store_correction(folder, limit, {7, stroke()});
    CPPUNIT_ASSERT(std::holds_alternative<Problem>(stored));
    return std::get<Problem>(stored);
}

}  // namespace

class CorrectionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CorrectionTest);
    CPPUNIT_TEST(digit_and_picture_are_read_whatever_else_is_there);
    CPPUNIT_TEST(what_is_no_correction_is_refused_with_its_reason);
    CPPUNIT_TEST(a_picture_of_another_size_or_none_is_refused);
    CPPUNIT_TEST(pictures_are_stored_under_their_digit_up_to_the_limit);
    CPPUNIT_TEST(what_cannot_be_written_is_said_and_leaves_nothing);
    CPPUNIT_TEST(a_folder_where_none_can_be_made_is_said);
    CPPUNIT_TEST(a_link_in_a_digits_place_is_not_followed);
    CPPUNIT_TEST(a_disk_that_is_full_leaves_no_part_of_a_picture);
    CPPUNIT_TEST_SUITE_END();

    void digit_and_picture_are_read_whatever_else_is_there() {
        for (const std::string& text :
             {json("7", quoted(stroke_uri())),
              R"({"x":[{"digit":3,"picture":"no"}],"picture":)" + quoted(stroke_uri()) +
                  R"(,"y":null,"z":-1,"w":0.5,"v":true,"digit":7})",
              // Of two, the last.
              R"({"digit":1,"picture":"a","digit":7,"picture":)" + quoted(stroke_uri()) + "}"}) {
            const Correction correction = parsed(text);
            CPPUNIT_ASSERT_EQUAL(7, correction.digit);
            CPPUNIT_ASSERT(correction.pixels == stroke());
        }
    }

    void what_is_no_correction_is_refused_with_its_reason() {
        const std::string picture = quoted(stroke_uri());
        for (const char* text : {"", "{", "[]", "7", "null", "{}x", "{\"digit\":7,}", "\xff"})
            assert_refused(text, "The body is not a JSON object");
        assert_refused("[" + json("7", picture) + "]", "The body is not a JSON object");
        for (const char* digit : {"10", "-1", "7.0", "\"7\"", "null", "true", "[7]", "{\"a\":7}",
                                  "18446744073709551615", "7,\"digit\":null"})
            assert_refused(json(digit, picture), "Digit is not a whole number from 0 to 9");
        assert_refused("{\"picture\":" + picture + "}", "Digit is not");
        for (const char* uri : {"7", "null", "\"\"", "\"data:image/gif;base64,AAAA\"", "[\"a\"]"})
            assert_refused(json("7", uri),
                           "Picture is not a string that begins with data:image/png");
        assert_refused("{\"digit\":7}", "Picture is not a string");
        assert_refused(json("7", "\"data:image/png;base64,?\""), "Picture is not base64");
        assert_refused(std::string(kMaxCorrectionBytes, '['), "The body is not a JSON object");
    }

    void a_picture_of_another_size_or_none_is_refused() {
        const Problem problem = problem_of(json("7", quoted(uri_of(27))));
        CPPUNIT_ASSERT_EQUAL(std::string("urn:mod-digit:problem:not-framed"), problem.type());
        CPPUNIT_ASSERT(problem.detail.find("27×27 pixels, not 28×28") != std::string::npos);
        const Problem none = problem_of(json("7", "\"data:image/png;base64,AAAA\""));
        CPPUNIT_ASSERT_EQUAL(std::string("urn:mod-digit:problem:not-an-image"), none.type());
    }

    void pictures_are_stored_under_their_digit_up_to_the_limit() {
        const TemporaryFolder folder;
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT(std::holds_alternative<Stored>(
                store_correction(folder.path(), 3, {i % 2 == 0 ? 7 : 2, stroke()})));
        CPPUNIT_ASSERT_EQUAL(3L, files_below(folder.path()));
        CPPUNIT_ASSERT_EQUAL(
            std::ptrdiff_t{2},
            std::distance(fs::directory_iterator(folder.path() / "7"), fs::directory_iterator()));
        const Problem full = problem_of_storing(folder.path(), 3);
        CPPUNIT_ASSERT(full.detail.find("at most 3 corrections") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(3L, files_below(folder.path()));
    }

    void what_cannot_be_written_is_said_and_leaves_nothing() {
        const TemporaryFolder folder;
        const Problem absent = problem_of_storing(folder.path() / "absent");
        CPPUNIT_ASSERT_EQUAL(500, absent.kind->status);
        CPPUNIT_ASSERT(absent.log.find("cannot be opened") != std::string::npos);
        std::ofstream(folder.path() / "7") << "a file where the digit's folder should be";
        const Problem in_the_way = problem_of_storing(folder.path());
        CPPUNIT_ASSERT(in_the_way.log.find("/7 cannot be written") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(1L, files_below(folder.path()));
    }

    void a_folder_where_none_can_be_made_is_said() {
        const Problem problem = problem_of_storing("/proc/self");  // not even root makes one there
        CPPUNIT_ASSERT_EQUAL(500, problem.kind->status);
        CPPUNIT_ASSERT_MESSAGE(problem.log,
                               problem.log.find("/proc/self/7 cannot be made; let "
                                                "httpd's user write there") != std::string::npos);
    }

    void a_link_in_a_digits_place_is_not_followed() {
        const TemporaryFolder folder;
        const TemporaryFolder elsewhere;
        fs::create_directory_symlink(elsewhere.path(), folder.path() / "7");
        const Problem problem = problem_of_storing(folder.path());
        CPPUNIT_ASSERT(problem.log.find("/7 cannot be written") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0L, files_below(elsewhere.path()));
    }

    void a_disk_that_is_full_leaves_no_part_of_a_picture() {
        const TemporaryFolder folder;
        const FileSizeLimit full(10);
        const Problem problem = problem_of_storing(folder.path());
        CPPUNIT_ASSERT(problem.log.find("/7 cannot be written") != std::string::npos);
        CPPUNIT_ASSERT(problem.log.find("File too large") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0L, files_below(folder.path()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CorrectionTest);

}  // namespace digit::test
