// SPDX-License-Identifier: Apache-2.0
// Input: a Content-Type header, a line feed, a body.
#include <algorithm>
#include <vector>

#include "mod_digit/multipart.h"
#include "tests/fuzz/fuzz.h"

namespace digit::fuzz {
namespace {

bool lies_in(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// Whether a delimiter line stands at `at`, told as RFC 2046 §5.1.1 words it.
bool is_delimiter_line(std::string_view body, std::size_t at, const std::string& delimiter) {
    if (body.substr(at, delimiter.size()) != delimiter) return false;
    std::string_view tail = body.substr(at + delimiter.size());
    if (tail.starts_with("--")) return true;
    tail.remove_prefix(std::min(tail.find_first_not_of(" \t"), tail.size()));
    return tail.starts_with("\r\n");
}

void check_part(const Part& part, std::string_view body, const std::string& delimiter) {
    require(lies_in(part.content, body), "content is a view of the body");
    require(part.name.empty() || lies_in(part.name, body), "a name is a view of the body");
    const auto begin = static_cast<std::size_t>(part.content.data() - body.data());
    require(begin >= 2 && body.substr(begin - 2, 2) == "\r\n", "content follows an empty line");
    const std::size_t end = begin + part.content.size();
    require(is_delimiter_line(body, end, delimiter) ||
                (part.content.empty() && is_delimiter_line(body, begin - 2, delimiter)),
            "content ends at a boundary");
    for (std::size_t at = begin; at < end; ++at)
        require(!is_delimiter_line(body, at, delimiter), "content holds no boundary");
}

void check_form(std::string_view body, std::string_view boundary) {
    const MultipartLimits limits;
    const auto result = parse_multipart(body, boundary, limits);
    if (const auto* fault = std::get_if<MultipartFault>(&result))
        return require(!fault->detail.empty(), "a refusal has its reason");
    const auto& parts = std::get<std::vector<Part>>(result);
    require(parts.size() <= limits.max_parts, "the number of parts is bounded");
    const std::string delimiter = std::string("\r\n--").append(boundary);
    for (const Part& part : parts) check_part(part, body, delimiter);
    for (std::size_t i = 1; i < parts.size(); ++i)
        require(parts[i - 1].content.data() < parts[i].content.data(), "parts keep their order");
}

}  // namespace
}  // namespace digit::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace digit::fuzz;
    std::span<const std::uint8_t> input(data, size);
    const std::string content_type = take_line(input);
    digit::is_form_data(content_type);
    const auto boundary = digit::multipart_boundary(content_type);
    if (const auto* fault = std::get_if<digit::MultipartFault>(&boundary)) {
        require(!fault->detail.empty(), "a refusal has its reason");
        return 0;
    }
    const std::string_view stated = std::get<std::string_view>(boundary);
    require(!stated.empty() && stated.size() <= digit::kMaxBoundaryBytes, "a boundary is bounded");
    check_form(as_text(input), stated);
    return 0;
}
