// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/multipart.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "mod_digit/text.h"

namespace digit {
namespace {

constexpr std::string_view kCrlf = "\r\n";

// The parameters of a header value ("; name=value; name=\"value\""), one by one.
class Parameters {
  public:
    explicit Parameters(std::string_view rest) : rest_(rest) {}

    struct Parameter {
        std::string_view name;
        std::string_view value;  // quotes removed, escapes as sent
    };

    // The next parameter; nothing at the end, or where a quoted value is not closed.
    std::optional<Parameter> next() {
        while (!rest_.empty()) {
            take_until(rest_, ';');
            rest_ = trimmed(rest_);
            const std::size_t equals = rest_.find_first_of("=;");
            if (equals == std::string_view::npos) return std::nullopt;
            if (rest_[equals] == ';') continue;
            const std::string_view name = trimmed(rest_.substr(0, equals));
            rest_ = trimmed(rest_.substr(equals + 1));
            const std::optional<std::string_view> value = take_value();
            if (!value) return std::nullopt;
            return Parameter{name, *value};
        }
        return std::nullopt;
    }

    bool unclosed_quote() const { return unclosed_quote_; }

  private:
    // What follows a quoted value up to the next semicolon is skipped by next(): old clients send
    // quotes inside quoted file names unescaped.
    std::optional<std::string_view> take_value() {
        if (rest_.empty() || rest_[0] != '"')
            return trimmed(rest_.substr(0, std::min(rest_.find(';'), rest_.size())));
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '\\') {
                ++i;
            } else if (rest_[i] == '"') {
                const std::string_view value = rest_.substr(1, i - 1);
                rest_.remove_prefix(i + 1);
                return value;
            }
        }
        unclosed_quote_ = true;
        return std::nullopt;
    }

    std::string_view rest_;
    bool unclosed_quote_ = false;
};

// memmem is linear in the worst case, which a loop over string_view::find is not.
std::size_t find_from(std::string_view text, std::string_view pattern, std::size_t from) {
    if (text.size() - from < pattern.size()) return std::string_view::npos;
    const void* found =
        memmem(text.data() + from, text.size() - from, pattern.data(), pattern.size());
    if (found == nullptr) return std::string_view::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

enum class Delimiter { kNone, kPart, kClose };

// What stands after "--boundary" at `at`; on kPart moves `at` behind the line.
Delimiter read_delimiter_tail(std::string_view body, std::size_t& at) {
    if (body.substr(at, 2) == "--") return Delimiter::kClose;
    const std::size_t end = body.find_first_not_of(" \t", at);
    if (end == std::string_view::npos || body.substr(end, 2) != kCrlf) return Delimiter::kNone;
    at = end + 2;
    return Delimiter::kPart;
}

struct Header {
    std::string_view name;
    std::string_view value;
};

// One header line at the front of `rest`, with its folded continuation lines.
std::variant<Header, MultipartFault> take_header(std::string_view& rest) {
    std::size_t end = rest.find(kCrlf);
    while (end != std::string_view::npos && end + 2 < rest.size() &&
           (rest[end + 2] == ' ' || rest[end + 2] == '\t'))
        end = rest.find(kCrlf, end + 2);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);

    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return MultipartFault{"a part of the form has a header line without a name and a colon"};
    const Header header{line.substr(0, colon), trimmed(line.substr(colon + 1))};
    if (!std::all_of(header.name.begin(), header.name.end(), is_token_char))
        return MultipartFault{"a part of the form has a header name with forbidden characters"};
    for (std::size_t i = 0; i < header.value.size(); ++i) {
        const char c = header.value[i];
        if (c == '\r' && header.value.substr(i, 2) == kCrlf) {
            ++i;  // a fold: take_header let no other CRLF in
        } else if (c == '\0' || c == '\r' || c == '\n') {
            return MultipartFault{"a part of the form has a header with a control character"};
        }
    }
    return header;
}

std::variant<std::string_view, MultipartFault> field_name(std::string_view disposition) {
    if (!iequals(trimmed(disposition.substr(0, disposition.find(';'))), "form-data"))
        return MultipartFault{"a part of the form has a Content-Disposition other than form-data"};
    Parameters parameters(disposition);
    std::optional<std::string_view> name;
    while (const auto parameter = parameters.next())
        if (!name && iequals(parameter->name, "name")) name = parameter->value;
    if (parameters.unclosed_quote())
        return MultipartFault{"a part of the form has a quoted name that is not closed"};
    if (!name) return MultipartFault{"a part of the form has no name"};
    return *name;
}

// The field's name from the header lines of one part.
std::variant<std::string_view, MultipartFault> part_name(std::string_view headers) {
    std::optional<std::string_view> disposition;
    while (!headers.empty()) {
        const auto header = take_header(headers);
        if (const auto* fault = std::get_if<MultipartFault>(&header)) return *fault;
        const Header& h = std::get<Header>(header);
        if (!iequals(h.name, "content-disposition")) continue;
        if (disposition)
            return MultipartFault{"a part of the form has two Content-Disposition headers"};
        disposition = h.value;
    }
    if (!disposition) return MultipartFault{"a part of the form has no Content-Disposition"};
    return field_name(*disposition);
}

// Moves `at` behind the empty line that ends a part's headers and returns them.
std::variant<std::string_view, MultipartFault> take_part_headers(std::string_view body,
                                                                 std::size_t& at,
                                                                 const MultipartLimits& limits) {
    if (body.substr(at, 2) == kCrlf) {
        at += 2;
        return std::string_view();
    }
    const std::string_view window = body.substr(at, limits.max_header_bytes + 4);
    const std::size_t end = window.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        if (window.size() > limits.max_header_bytes)
            return MultipartFault{"a part of the form has more than " +
                                  std::to_string(limits.max_header_bytes) + " bytes of headers"};
        return MultipartFault{"the form ends within the headers of a part"};
    }
    at += end + 4;
    return window.substr(0, end);
}

}  // namespace

bool is_form_data(std::string_view content_type) {
    return iequals(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

std::variant<std::string_view, MultipartFault> multipart_boundary(std::string_view content_type) {
    Parameters parameters(content_type);
    std::optional<std::string_view> boundary;
    while (const auto parameter = parameters.next()) {
        if (!iequals(parameter->name, "boundary")) continue;
        if (boundary) return MultipartFault{"the Content-Type states two boundaries"};
        boundary = parameter->value;
    }
    if (!boundary || boundary->empty())
        return MultipartFault{"the Content-Type states no boundary for the form"};
    if (boundary->size() > kMaxBoundaryBytes)
        return MultipartFault{"the form's boundary has " + std::to_string(boundary->size()) +
                              " characters; at most " + std::to_string(kMaxBoundaryBytes) +
                              " are allowed"};
    const auto visible = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (!std::all_of(boundary->begin(), boundary->end(), visible) || boundary->back() == ' ')
        return MultipartFault{"the form's boundary has characters that are not allowed"};
    return *boundary;
}

std::variant<std::vector<Part>, MultipartFault> parse_multipart(std::string_view body,
                                                                std::string_view boundary,
                                                                const MultipartLimits& limits) {
    std::string delimiter;
    delimiter.reserve(4 + boundary.size());
    delimiter.append("\r\n--").append(boundary);
    const std::string_view first_delimiter = std::string_view(delimiter).substr(kCrlf.size());

    std::vector<Part> parts;
    std::string_view name;    // of the part whose content is being searched for its end
    std::size_t content = 0;  // where that content, or the preamble, begins
    bool inside = false;      // within a part, not the preamble
    std::size_t search = 0;
    for (;;) {
        std::size_t found;
        std::size_t at;
        if (search == 0 && body.substr(0, first_delimiter.size()) == first_delimiter) {
            found = 0;
            at = first_delimiter.size();
        } else {
            found = find_from(body, delimiter, search);
            if (found == std::string_view::npos)
                return MultipartFault{
                    inside ? "the form ends before its closing boundary"
                           : "the form's boundary does not occur in the body, or its lines do not "
                             "end in CRLF"};
            at = found + delimiter.size();
        }
        const Delimiter kind = read_delimiter_tail(body, at);
        search = at;
        if (kind == Delimiter::kNone) continue;
        // A part without content may end in the very CRLF that ends its headers.
        if (inside)
            parts.push_back({name, body.substr(content, std::max(found, content) - content)});
        if (kind == Delimiter::kClose) return parts;
        if (parts.size() == limits.max_parts)
            return MultipartFault{"the form has more than " + std::to_string(limits.max_parts) +
                                  " parts"};
        auto headers = take_part_headers(body, at, limits);
        if (auto* fault = std::get_if<MultipartFault>(&headers)) return std::move(*fault);
        auto part = part_name(std::get<std::string_view>(headers));
        if (auto* fault = std::get_if<MultipartFault>(&part)) return std::move(*fault);
        name = std::get<std::string_view>(part);
        content = at;
        inside = true;
        search = at - kCrlf.size();
    }
}

}  // namespace digit
