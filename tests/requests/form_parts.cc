// SPDX-License-Identifier: Apache-2.0
// Shows what the module takes from a form: Content-Type on the command line, body at standard
// input, one JSON object at standard output. tests/httpd/test_forms.py compares it with what
// another parser's authors expect.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <variant>

#include "mod_digit/multipart.h"

namespace {

std::string in_hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        text += two;
    }
    return text;
}

nlohmann::json parts_of(std::string_view content_type, std::string_view body) {
    using namespace digit;
    const auto boundary = multipart_boundary(content_type);
    if (const auto* fault = std::get_if<MultipartFault>(&boundary))
        return {{"refused", fault->detail}};
    const auto parsed = parse_multipart(body, std::get<std::string_view>(boundary), {});
    if (const auto* fault = std::get_if<MultipartFault>(&parsed))
        return {{"refused", fault->detail}};
    nlohmann::json parts = nlohmann::json::array();
    for (const Part& part : std::get<std::vector<Part>>(parsed))
        parts.push_back({{"name", in_hex(part.name)}, {"content", in_hex(part.content)}});
    return {{"parts", parts}};
}

}  // namespace

int main(int argc, char** argv) {
    const std::string body(std::istreambuf_iterator<char>(std::cin), {});
    std::cout << parts_of(argc > 1 ? argv[1] : "", body).dump() << '\n';
    return 0;
}
