// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/page_template.h"

#include <algorithm>
#include <sstream>

namespace digit {
namespace {

// kainjow makes an object of 136 bytes of every space, 265 KiB for our page of 10: so a space
// within a line of text is another character while it is there, one that HTML does not have. Spaces
// beside a line's ends or a tag stay, for they decide whether the tag stands alone on its line.
constexpr char kSpaceInText = '\x1f';

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string with_spaces_hidden(std::string_view text) {
    std::string hidden(text);
    // Tags may have other delimiters then.
    if (text.find("{{=") != std::string_view::npos) return hidden;
    bool in_tag = false;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text.substr(i, 2) == "{{") in_tag = true;
        if (text.substr(i - 1, 2) == "}}") in_tag = false;
        const char before = text[i - 1], after = text[i + 1];
        if (text[i] == ' ' && !in_tag && !is_blank(before) && !is_blank(after) && before != '}' &&
            after != '{')
            hidden[i] = kSpaceInText;
    }
    return hidden;
}

}  // namespace

// A copy: its hundreds of parts take half the memory of those that grew while parsing.
PageTemplate::PageTemplate(const Engine& parsed) : engine_(std::make_unique<Engine>(parsed)) {}

std::variant<PageTemplate, LoadFault> PageTemplate::parse(std::string_view text) {
    const Engine parsed(with_spaces_hidden(text));
    if (!parsed.is_valid())
        return LoadFault{"is not a mustache template: " + parsed.error_message()};
    return PageTemplate(parsed);
}

std::string PageTemplate::render(kainjow::mustache::data& data) const {
    // A stream swallows what is thrown while it is written to, and a page would lack a piece.
    std::ostringstream stream;
    stream.exceptions(std::ios::badbit);
    engine_->render(data, stream);
    std::string html = std::move(stream).str();
    std::replace(html.begin(), html.end(), kSpaceInText, ' ');
    return html;
}

}  // namespace digit
