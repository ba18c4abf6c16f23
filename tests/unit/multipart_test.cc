// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/multipart.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "libdigit/cpu_deadline.h"
#include "tests/unit/sanitizers.h"

namespace digit::test {
namespace {

constexpr std::string_view kDisposition =
    "Content-Disposition: form-data; name=\"myfile\"; filename=\"7.png\"\r\n";

std::string part(std::string_view headers, std::string_view content) {
    return std::string("--XbX\r\n").append(headers).append("\r\n").append(content).append("\r\n");
}

std::string form(std::string_view headers, std::string_view content) {
    return part(headers, content) + "--XbX--\r\n";
}

std::vector<Part> parsed(std::string_view body, const MultipartLimits& limits = {}) {
    auto result = parse_multipart(body, "XbX", limits);
    if (auto* fault = std::get_if<MultipartFault>(&result)) CPPUNIT_FAIL(fault->detail);
    return std::get<std::vector<Part>>(result);
}

void assert_refused(std::string_view reason, std::string_view body,
                    const MultipartLimits& limits = {}) {
    const auto result = parse_multipart(body, "XbX", limits);
    const auto* fault = std::get_if<MultipartFault>(&result);
    CPPUNIT_ASSERT_MESSAGE("was accepted", fault != nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string(reason), fault->detail);
}

std::string only_name(std::string_view disposition) {
    return std::string(
        parsed(form(std::string("Content-Disposition: ").append(disposition).append("\r\n"), "x"))
            .at(0)
            .name);
}

std::string boundary(std::string_view content_type) {
    const auto result = multipart_boundary(content_type);
    if (const auto* fault = std::get_if<MultipartFault>(&result)) return "! " + fault->detail;
    return std::string(std::get<std::string_view>(result));
}

// A form of `size` bytes whose content is one piece again and again.
std::string repeated(const std::string& piece, std::size_t size) {
    std::string content;
    while (content.size() < size) content += piece;
    return form(kDisposition, content);
}

// In nanoseconds; less than the clock tells apart is taken as that.
std::int64_t cpu_of(const std::string& body) {
    const std::int64_t start = thread_cpu_ns();
    const auto result = parse_multipart(body, "XbX", {});
    const std::int64_t took = thread_cpu_ns() - start;
    CPPUNIT_ASSERT(result.index() == 0 || result.index() == 1);
    return std::max<std::int64_t>(took, 20'000);
}

// How much longer a body of four times the length takes: the least of ten times of both, in turn,
// for other work on the machine comes and goes.
double growth_of(const std::string& piece) {
    const std::string once = repeated(piece, 1u << 19);
    const std::string four_times = repeated(piece, 1u << 21);
    std::int64_t least_of_once = cpu_of(once);
    std::int64_t least_of_four = cpu_of(four_times);
    for (int i = 1; i < 10; ++i) {
        least_of_once = std::min(least_of_once, cpu_of(once));
        least_of_four = std::min(least_of_four, cpu_of(four_times));
    }
    return static_cast<double>(least_of_four) / static_cast<double>(least_of_once);
}

}  // namespace

class MultipartTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MultipartTest);
    CPPUNIT_TEST(a_part_is_a_view_of_the_body_from_blank_line_to_boundary);
    CPPUNIT_TEST(parts_keep_their_order_and_names);
    CPPUNIT_TEST(content_may_hold_anything_but_the_boundary_line);
    CPPUNIT_TEST(an_empty_part_has_empty_content);
    CPPUNIT_TEST(preamble_epilogue_and_blanks_after_a_boundary_are_skipped);
    CPPUNIT_TEST(header_names_and_the_disposition_ignore_case);
    CPPUNIT_TEST(a_folded_header_is_one_header);
    CPPUNIT_TEST(quotes_and_semicolons_in_file_names_do_not_change_the_name);
    CPPUNIT_TEST(a_body_cut_at_any_byte_is_refused);
    CPPUNIT_TEST(broken_headers_are_refused_with_their_reason);
    CPPUNIT_TEST(lines_that_end_in_lf_or_cr_alone_are_refused);
    CPPUNIT_TEST(parts_and_headers_are_limited);
    CPPUNIT_TEST(the_time_is_linear_in_the_body);
    CPPUNIT_TEST(the_boundary_is_read_quoted_and_unquoted);
    CPPUNIT_TEST(a_bad_boundary_is_refused_with_its_reason);
    CPPUNIT_TEST(form_data_is_known_whatever_case_and_parameters);
    CPPUNIT_TEST_SUITE_END();

    void a_part_is_a_view_of_the_body_from_blank_line_to_boundary() {
        const std::string body = form(kDisposition, "\x89PNG\r\n\x1a\n");
        const std::vector<Part> parts = parsed(body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, parts.size());
        CPPUNIT_ASSERT(parts[0].content == "\x89PNG\r\n\x1a\n");
        CPPUNIT_ASSERT(parts[0].content.data() == body.data() + body.find('\x89'));
    }

    void parts_keep_their_order_and_names() {
        const std::string body = part("Content-Disposition: form-data; name=\"a\"\r\n", "1") +
                                 part("Content-Disposition: form-data; name=b\r\n", "2") +
                                 part("Content-Disposition: form-data; name=\"a\"\r\n", "3") +
                                 "--XbX--";
        const std::vector<Part> parts = parsed(body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, parts.size());
        CPPUNIT_ASSERT(parts[0].name == "a" && parts[0].content == "1");
        CPPUNIT_ASSERT(parts[1].name == "b" && parts[1].content == "2");
        CPPUNIT_ASSERT(parts[2].name == "a" && parts[2].content == "3");
    }

    void content_may_hold_anything_but_the_boundary_line() {
        for (const std::string_view content :
             {std::string_view("--XbXx"), std::string_view("\r\n--Xb\r\n--Xb"),
              std::string_view("\r\n--XbXtail"), std::string_view("\r\n--XbX-\r\n"),
              std::string_view("\n--XbX\n"), std::string_view("\r\n\r\n\r\n"),
              std::string_view("\0\0\r", 3)})
            CPPUNIT_ASSERT(parsed(form(kDisposition, content)).at(0).content == content);
    }

    void an_empty_part_has_empty_content() {
        CPPUNIT_ASSERT(parsed(form(kDisposition, "")).at(0).content.empty());
        // RFC 2046 lets the blank line serve as the line before the boundary.
        const std::string tight = "--XbX\r\n" + std::string(kDisposition) + "\r\n--XbX--";
        CPPUNIT_ASSERT(parsed(tight).at(0).content.empty());
        CPPUNIT_ASSERT(parsed("--XbX--\r\n").empty());
    }

    void preamble_epilogue_and_blanks_after_a_boundary_are_skipped() {
        const std::string body = "before\r\n--XbX \t\r\n" + std::string(kDisposition) +
                                 "\r\npicture\r\n--XbX--\r\nafter\r\n--XbX\r\n";
        const std::vector<Part> parts = parsed(body);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, parts.size());
        CPPUNIT_ASSERT(parts[0].content == "picture");
    }

    void header_names_and_the_disposition_ignore_case() {
        const std::string body = form("CONTENT-DISPOSITION: FORM-DATA; NAME=\"myfile\"\r\n", "x");
        CPPUNIT_ASSERT(parsed(body).at(0).name == "myfile");
    }

    void a_folded_header_is_one_header() {
        CPPUNIT_ASSERT_EQUAL(std::string("myfile"),
                             only_name("form-data;\r\n name=\"myfile\";\r\n\tfilename=\"7\""));
    }

    void quotes_and_semicolons_in_file_names_do_not_change_the_name() {
        for (const std::string_view file : {"a\\\"b.png", "a;name=other.png", "a\"b.png",
                                            "..\\..\\x.php", "\xff\xfe", "", "x; name=\\\"other"})
            CPPUNIT_ASSERT_EQUAL(std::string("myfile"),
                                 only_name(std::string("form-data; name=\"myfile\"; filename=\"")
                                               .append(file)
                                               .append("\"")));
        CPPUNIT_ASSERT_EQUAL(std::string("myfile"),
                             only_name("form-data; filename=\"a; name=\\\"b\"; name=\"myfile\""));
        CPPUNIT_ASSERT_EQUAL(
            std::string("myfile"),
            only_name("form-data; name=\"myfile\"; filename*=UTF-8''%E2%82%AC.png"));
    }

    void a_body_cut_at_any_byte_is_refused() {
        const std::string body = form(kDisposition, "\r\n--Xb picture");
        const std::size_t whole = body.size() - 2;  // the last line break is not needed
        for (std::size_t size = 0; size < whole; ++size) {
            const auto result =
                parse_multipart(std::string_view(body).substr(0, size), "XbX", MultipartLimits{});
            CPPUNIT_ASSERT_MESSAGE(std::to_string(size),
                                   std::holds_alternative<MultipartFault>(result));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{1},
                             parsed(std::string_view(body).substr(0, whole)).size());
    }

    void broken_headers_are_refused_with_their_reason() {
        const std::string good(kDisposition);
        assert_refused("a part of the form has no Content-Disposition",
                       form("Content-Type: image/png\r\n", "x"));
        assert_refused("a part of the form has no Content-Disposition", form("", "x"));
        assert_refused("a part of the form has two Content-Disposition headers",
                       form(good + good, "x"));
        assert_refused("a part of the form has a Content-Disposition other than form-data",
                       form("Content-Disposition: attachment; name=\"myfile\"\r\n", "x"));
        assert_refused("a part of the form has no name",
                       form("Content-Disposition: form-data; filename=\"x\"\r\n", "x"));
        assert_refused("a part of the form has a quoted name that is not closed",
                       form("Content-Disposition: form-data; name=\"myfile\r\n", "x"));
        assert_refused("a part of the form has a header line without a name and a colon",
                       form(": form-data; name=\"myfile\"\r\n", "x"));
        assert_refused("a part of the form has a header line without a name and a colon",
                       form(good + "nonsense\r\n", "x"));
        assert_refused("a part of the form has a header name with forbidden characters",
                       form("Content-<<<position: form-data; name=\"myfile\"\r\n", "x"));
        assert_refused("a part of the form has a header name with forbidden characters",
                       form("Content-\risposition: form-data; name=\"myfile\"\r\n", "x"));
        assert_refused("a part of the form has a header with a control character",
                       form("Content-Disposition: form-data; n\rame=\"myfile\"\r\n", "x"));
        assert_refused("a part of the form has a header with a control character",
                       form(good + "X: a\nb\r\n", "x"));
        assert_refused("a part of the form has a header with a control character",
                       form(good + std::string("X: a\0b\r\n", 8), "x"));
    }

    void lines_that_end_in_lf_or_cr_alone_are_refused() {
        const std::string reason =
            "the form's boundary does not occur in the body, or its lines do not end in CRLF";
        std::string body = form(kDisposition, "picture");
        std::string lf;
        std::string cr;
        for (const char c : body) {
            if (c != '\r') lf += c;
            if (c != '\n') cr += c;
        }
        assert_refused(reason, lf);
        assert_refused(reason, cr);
        assert_refused(reason, "");
    }

    void parts_and_headers_are_limited() {
        const MultipartLimits limits{.max_parts = 2, .max_header_bytes = 100};
        const std::string one = part(kDisposition, "x");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, parsed(one + one + "--XbX--", limits).size());
        assert_refused("the form has more than 2 parts", one + one + one + "--XbX--", limits);
        const std::string padding(100 - kDisposition.size() - 3, 'a');
        const std::string fits = std::string(kDisposition) + "X: " + padding + "\r\n";
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, parsed(form(fits, "x"), limits).size());
        assert_refused("a part of the form has more than 100 bytes of headers",
                       form("Y: " + padding + padding + "\r\n" + fits, "x"), limits);
    }

    // Four times the body may take not even eight times the processor's time, whatever is in it;
    // what looks back or ahead for each of its bytes takes sixteen times.
    void the_time_is_linear_in_the_body() {
        if (kWithAddressSanitizer) {
            std::puts("skipped: linear time; AddressSanitizer looks over all that memmem may read");
            return;
        }
        const std::string blanks = "\r\n--XbX" + std::string(1000, ' ');
        for (const std::string& piece :
             {std::string("\r\n--Xb"), std::string("\r\n--XbX-"), std::string("\r\n--XbX "),
              std::string("\r\n"), std::string("-"), std::string("\r"), std::string(" "), blanks}) {
            const double ratio = growth_of(piece);
            CPPUNIT_ASSERT_MESSAGE(piece + ": " + std::to_string(ratio), ratio < 8);
        }
    }

    void the_boundary_is_read_quoted_and_unquoted() {
        CPPUNIT_ASSERT_EQUAL(std::string("XbX"), boundary("multipart/form-data; boundary=XbX"));
        CPPUNIT_ASSERT_EQUAL(std::string("XbX"), boundary("multipart/form-data;BOUNDARY=\"XbX\""));
        CPPUNIT_ASSERT_EQUAL(std::string("a b;c"),
                             boundary("multipart/form-data; boundary=\"a b;c\"; charset=utf-8"));
        CPPUNIT_ASSERT_EQUAL(std::string("XbX"),
                             boundary("multipart/form-data; charset=utf-8; boundary=XbX ; x=y"));
        const std::string longest(kMaxBoundaryBytes, 'a');
        CPPUNIT_ASSERT_EQUAL(longest, boundary("multipart/form-data; boundary=" + longest));
    }

    void a_bad_boundary_is_refused_with_its_reason() {
        CPPUNIT_ASSERT_EQUAL(std::string("! the Content-Type states no boundary for the form"),
                             boundary("multipart/form-data"));
        CPPUNIT_ASSERT_EQUAL(std::string("! the Content-Type states no boundary for the form"),
                             boundary("multipart/form-data; boundary="));
        CPPUNIT_ASSERT_EQUAL(std::string("! the Content-Type states no boundary for the form"),
                             boundary("multipart/form-data; boundary=\"XbX"));
        CPPUNIT_ASSERT_EQUAL(std::string("! the Content-Type states two boundaries"),
                             boundary("multipart/form-data; boundary=XbX; boundary=zzz"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("! the form's boundary has 71 characters; at most 70 are allowed"),
            boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
        for (const std::string_view bad :
             {"\"a\\\"b\"", "\"a\nb\"", "\"a\x80\"", "\"blank at the end \""})
            CPPUNIT_ASSERT_EQUAL(
                std::string("! the form's boundary has characters that are not allowed"),
                boundary(std::string("multipart/form-data; boundary=").append(bad)));
    }

    void form_data_is_known_whatever_case_and_parameters() {
        CPPUNIT_ASSERT(is_form_data("multipart/form-data; boundary=x"));
        CPPUNIT_ASSERT(is_form_data("Multipart/Form-Data"));
        CPPUNIT_ASSERT(!is_form_data("multipart/form-data-x"));
        CPPUNIT_ASSERT(!is_form_data("image/png"));
        CPPUNIT_ASSERT(!is_form_data(""));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MultipartTest);

}  // namespace digit::test
