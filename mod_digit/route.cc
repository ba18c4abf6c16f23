// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/route.h"

#include <array>

#include "mod_digit/accept.h"
#include "mod_digit/text.h"

namespace digit {
namespace {

constexpr std::string_view kStaticPrefix = "/static/";

constexpr std::string_view kPageMethods = "GET, HEAD, POST, OPTIONS";
constexpr std::string_view kApiMethods = "POST, PUT, OPTIONS";  // curl -T puts
constexpr std::string_view kFileMethods = "GET, HEAD, OPTIONS";

constexpr std::string_view kHtml = "text/html";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";

Format format_of(std::string_view type) {
    if (type == kHtml) return Format::kHtml;
    return type == kJson ? Format::kJson : Format::kText;
}

template <std::size_t n>
Format negotiate(std::string_view accept, const std::array<std::string_view, n>& offers) {
    return format_of(offers[preferred_type(accept, offers)]);
}

bool names_method(std::string_view allow, std::string_view method) {
    while (!allow.empty())
        if (trimmed(take_until(allow, ',')) == method) return true;
    return false;
}

bool is_get(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

Route route(std::string_view method, std::string_view path, std::string_view accept) {
    const bool page = path.empty() || path == "/";
    const bool api = path == "/curl-api";
    const bool file = path.starts_with(kStaticPrefix);
    Route route{};
    if (page) {
        route.format = negotiate(accept, std::array{kHtml, kJson, kText});
        route.error_format = route.format;
        route.allow = kPageMethods;
    } else {
        // The original service answers JSON to everyone; a browser is only shown errors as pages.
        route.format = negotiate(accept, std::array{kJson, kText});
        route.error_format = negotiate(accept, std::array{kJson, kText, kHtml});
        route.allow = api ? kApiMethods : kFileMethods;
    }
    if (!page && !api && !file) {
        route.action = Action::kRefusePath;
    } else if (method == "OPTIONS") {
        route.action = Action::kTellMethods;
    } else if (!names_method(route.allow, method)) {
        route.action = Action::kRefuseMethod;
    } else if (page && is_get(method)) {
        route.action = path.empty() ? Action::kAddSlash : Action::kShowPage;
        // GET has nothing to answer but the page.
        route.format = Format::kHtml;
    } else if (file) {
        route.action = Action::kServeFile;
        route.file = path.substr(kStaticPrefix.size());
    } else {
        route.action = Action::kClassify;
    }
    return route;
}

bool query_flag(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        std::string_view value = take_until(query, '&');
        const bool bare = value.find('=') == std::string_view::npos;
        if (take_until(value, '=') == name && (bare || value == "1" || value == "true"))
            return true;
    }
    return false;
}

}  // namespace digit
