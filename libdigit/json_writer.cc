// SPDX-License-Identifier: Apache-2.0
#include "libdigit/json_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace digit {
namespace {

// Needs no escape, and is UTF-8.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void JsonWriter::separate() {
    if (!first_) text_ += ',';
    first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
}

void JsonWriter::put_string(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), is_plain)) {
        text_ += '"';
        text_ += text;
        text_ += '"';
        return;
    }
    using Json =
        nlohmann::json;  // of a string alone: only objects and arrays allocate at their end
    text_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    put_string(name);
    text_ += ':';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    put_string(text);
    return *this;
}

JsonWriter& JsonWriter::put(std::string_view bare) {
    separate();
    text_ += bare;
    return *this;
}

template <class Number>
JsonWriter& JsonWriter::put_fraction(Number number) {
    char digits[40];
    const std::string_view bare(
        digits,
        std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general).ptr);
    put(bare);
    if (bare.find_first_not_of("-0123456789") == bare.npos) text_ += ".0";
    return *this;
}

JsonWriter& JsonWriter::value(float number) { return put_fraction(number); }
JsonWriter& JsonWriter::value(double number) { return put_fraction(number); }

}  // namespace digit
