// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/setting.h"

#include <charconv>
#include <optional>
#include <string>

#include "mod_digit/text.h"

namespace digit {
namespace {

std::optional<std::uint64_t> parse(std::string_view text, const NumberRule& rule) {
    std::uint64_t factor = 1;
    if (rule.units && !text.empty()) {
        const char unit = ascii_lower(text.back());
        if (unit == 'k') factor = 1u << 10;
        if (unit == 'm') factor = 1u << 20;
        if (factor != 1) text.remove_suffix(1);
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (number > rule.most / factor || number * factor < rule.least) return std::nullopt;
    return number * factor;
}

}  // namespace

std::variant<std::uint64_t, std::string> parse_number(std::string_view text,
                                                      const NumberRule& rule) {
    if (const auto number = parse(text, rule)) return *number;
    std::string sentence = "'";
    sentence.append(text).append("' is not ").append(rule.what);
    sentence += "; write a whole number from " + std::to_string(rule.least) + " to " +
                std::to_string(rule.most);
    if (rule.units) sentence += ", if you like with K or M behind it";
    return sentence.append(", such as ").append(rule.examples);
}

}  // namespace digit
