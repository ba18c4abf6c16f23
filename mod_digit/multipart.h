// SPDX-License-Identifier: Apache-2.0
// A multipart/form-data body (RFC 7578, RFC 2046 §5.1) as views into it: nothing is copied. Written
// here because libapreq2, Debian's parser for httpd, copies every part into brigades and spools
// large ones to disk.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace digit {

struct MultipartLimits {
    std::size_t max_parts = 128;
    std::size_t max_header_bytes = 8192;  // of one part, all its header lines together
};

// RFC 2046: "no more than 70 characters".
inline constexpr std::size_t kMaxBoundaryBytes = 70;

struct Part {
    std::string_view name;  // of the form field, as sent
    std::string_view content;
};

// Why a form cannot be read: one sentence without its full stop.
struct MultipartFault {
    std::string detail;
};

// Whether a Content-Type header names multipart/form-data, whatever its parameters.
bool is_form_data(std::string_view content_type);

// The boundary that a Content-Type header states, quotes removed.
std::variant<std::string_view, MultipartFault> multipart_boundary(std::string_view content_type);

// The parts of `body` in order; views into it. Lines end in CRLF, as every browser and curl send
// them; a preamble, an epilogue and blanks after a boundary are skipped. Takes time linear in the
// body. File names and part headers other than the field's name are checked for form and dropped.
std::variant<std::vector<Part>, MultipartFault> parse_multipart(std::string_view body,
                                                                std::string_view boundary,
                                                                const MultipartLimits& limits);

}  // namespace digit
