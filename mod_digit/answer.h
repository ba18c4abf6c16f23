// SPDX-License-Identifier: Apache-2.0
// One result, several renderings.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mod_digit/upload.h"

namespace digit {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kProblemType = "application/problem+json";
inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";

struct JsonOptions {
    bool probabilities = false;
    bool explain = false;
};

// 200 where at least one picture was classified, else the first refusal's. outcomes: at least one.
int http_status(std::span<const Outcome> outcomes);

// Of one outcome its object; of several {"predictions":[…]} in order, refusals in their places.
// Where nothing was classified a problem object (RFC 9457) that also carries `message` and
// `error`, and of several refusals the `predictions` too.
std::string json_answer(std::span<const Outcome> outcomes, JsonOptions options);

// A line each: the digit, or the sentence of the refusal.
std::string text_answer(std::span<const Outcome> outcomes);

}  // namespace digit
