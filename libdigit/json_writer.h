// SPDX-License-Identifier: Apache-2.0
// JSON written from front to back, value by value, into one string. Not nlohmann's values: their
// destructors allocate, which ends the process where memory has run out, and there is one
// allocation a member.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "libdigit/four_decimals.h"

namespace digit {

// Calls follow the document: in an object, key() before each value. Nothing checks that they do.
// Throws nothing but std::bad_alloc, after which only the destructor may be called.
class JsonWriter {
  public:
    // Room for the shortest answer about one picture, the most frequent of all texts.
    JsonWriter() { text_.reserve(100); }

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    // What is not UTF-8 in it becomes U+FFFD.
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    template <std::same_as<bool> Flag>
    JsonWriter& value(Flag flag) {
        return put(flag ? "true" : "false");
    }
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) JsonWriter& value(Number number) {
        char digits[24];
        return put({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
    }
    JsonWriter& value(const FourDecimals& number) { return put(number.shortest()); }
    // Finite. The shortest digits that read as the same number; whole ones end in ".0".
    JsonWriter& value(float number);
    JsonWriter& value(double number);
    template <class Value>
    JsonWriter& member(std::string_view name, const Value& value_of_it) {
        return key(name).value(value_of_it);
    }

    std::string take() { return std::move(text_); }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    JsonWriter& put(std::string_view bare);
    template <class Number>
    JsonWriter& put_fraction(Number number);
    void put_string(std::string_view text);

    std::string text_;
    bool first_ = true;  // nothing stands before the next value that a comma has to part it from
};

}  // namespace digit
