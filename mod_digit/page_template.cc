// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/page_template.h"

#include <algorithm>
#include <span>
#include <sstream>

namespace digit {
namespace {

// kainjow makes an object of 136 bytes of every space, and our page's 10 KiB became 265: so a space
// between two words is another character while it is there, one that HTML does not have. Spaces
// beside a line's ends or a tag stay, for they decide whether the tag stands alone on its line.
constexpr char kSpaceInText = '\x1f';

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// text: between two tags.
void hide_spaces(std::span<char> text) {
    for (std::size_t i = 1; i + 1 < text.size(); ++i)
        if (text[i] == ' ' && !is_blank(text[i - 1]) && !is_blank(text[i + 1]))
            text[i] = kSpaceInText;
}

std::string with_spaces_hidden(std::string_view text) {
    std::string hidden(text);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t tag = std::min(text.find("{{", begin), text.size());
        hide_spaces(std::span(hidden).subspan(begin, tag - begin));
        const std::size_t name = text.find_first_not_of(" \t\r\n\v\f{", tag + 2);
        // From there on tags look otherwise.
        if (name != text.npos && text[name] == '=') return std::string(text);
        const std::size_t end = text.find("}}", tag + 2);
        begin = end == text.npos ? text.size() : end + 2;
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

std::string PageTemplate::render(const kainjow::mustache::data& data) const {
    // A stream swallows what is thrown while it is written to, and a page would lack a piece.
    std::ostringstream stream;
    stream.exceptions(std::ios::badbit);
    engine_->render(data, stream);
    std::string html = std::move(stream).str();
    std::replace(html.begin(), html.end(), kSpaceInText, ' ');
    return html;
}

}  // namespace digit
