// SPDX-License-Identifier: Apache-2.0
// Shows what the module takes from forms. Standard input: of each, a line with the bytes of its
// Content-Type and of its body, then those two. Standard output: a line of JSON for each.
// tests/httpd/test_forms.py compares them with what others expect.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
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

int main() {
    std::size_t type_bytes = 0;
    std::size_t body_bytes = 0;
    while (std::cin >> type_bytes >> body_bytes) {
        std::cin.ignore(1);
        std::string content_type(type_bytes, '\0');
        std::string body(body_bytes, '\0');
        if (!std::cin.read(content_type.data(), static_cast<std::streamsize>(type_bytes)) ||
            !std::cin.read(body.data(), static_cast<std::streamsize>(body_bytes)))
            return 1;
        std::cout << parts_of(content_type, body).dump() << '\n';
    }
    return std::cin.eof() ? 0 : 1;
}
