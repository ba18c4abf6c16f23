// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/accept.h"

#include <charconv>

#include "mod_digit/text.h"

namespace digit {
namespace {

// The weight after "q=", 1 where there is none, 0 where it is not a number.
double quality(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = trimmed(take_until(parameters, ';'));
        if (!iequals(trimmed(take_until(value, '=')), "q")) continue;
        value = trimmed(value);
        double q = 0;
        std::from_chars(value.data(), value.data() + value.size(), q);
        return q;
    }
    return 1;
}

// How closely a media range names a type: 3 exactly, 2 by "type/*", 1 by "*/*", 0 not at all.
int closeness(std::string_view range, std::string_view type) {
    if (iequals(range, type)) return 3;
    if (range == "*/*") return 1;
    const std::size_t slash = type.find('/');
    const bool same_family = range.size() == slash + 2 && range.ends_with("/*") &&
                             iequals(range.substr(0, slash), type.substr(0, slash));
    return same_family ? 2 : 0;
}

// The weight of the closest range.
double weight(std::string_view accept, std::string_view type) {
    int closest = 0;
    double q = 0;
    while (!accept.empty()) {
        std::string_view parameters = take_until(accept, ',');
        const int close = closeness(trimmed(take_until(parameters, ';')), type);
        if (close <= closest) continue;
        closest = close;
        q = quality(parameters);
    }
    return q;
}

}  // namespace

std::size_t preferred_type(std::string_view accept, std::span<const std::string_view> offers) {
    std::size_t best = 0;
    double best_weight = 0;
    for (std::size_t i = 0; i < offers.size(); ++i) {
        const double w = weight(accept, offers[i]);
        if (w <= best_weight) continue;
        best = i;
        best_weight = w;
    }
    return best;
}

}  // namespace digit
