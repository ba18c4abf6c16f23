// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/route.h"

#include <algorithm>
#include <array>

#include "mod_digit/accept.h"
#include "mod_digit/text.h"

namespace digit {
namespace {

constexpr std::string_view kHtml = "text/html";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";

constexpr std::string_view kPageMethods = "GET, HEAD, POST, OPTIONS";
constexpr std::string_view kApiMethods = "POST, PUT, OPTIONS";  // curl -T puts
constexpr std::string_view kReadMethods = "GET, HEAD, OPTIONS";
constexpr std::string_view kSendMethods = "POST, OPTIONS";

// A path, what it does, and for whom: a browser is only shown errors as pages where people go.
struct Known {
    std::string_view path;
    Endpoint endpoint;
    std::string_view methods;
    Action action;
    bool for_people;
};

constexpr std::array kKnownPaths = {
    Known{"", Endpoint::kPage, kPageMethods, Action::kClassify, true},
    Known{"/", Endpoint::kPage, kPageMethods, Action::kClassify, true},
    Known{"/curl-api", Endpoint::kCurlApi, kApiMethods, Action::kClassify, true},
    Known{"/feedback", Endpoint::kFeedback, kSendMethods, Action::kTakeCorrection, false},
    Known{"/metrics", Endpoint::kMetrics, kReadMethods, Action::kTellMetrics, false},
    Known{"/openapi.json", Endpoint::kOpenApi, kReadMethods, Action::kTellOpenApi, false},
    Known{"/v2", Endpoint::kMetadata, kReadMethods, Action::kTellServer, false},
    Known{"/v2/health/live", Endpoint::kHealth, kReadMethods, Action::kTellLive, false},
    Known{"/v2/health/ready", Endpoint::kHealth, kReadMethods, Action::kTellReady, false},
    Known{"/v2/models/digit", Endpoint::kMetadata, kReadMethods, Action::kTellModel, false},
    Known{"/v2/models/digit/ready", Endpoint::kHealth, kReadMethods, Action::kTellModelReady,
          false},
    Known{"/v2/models/digit/infer", Endpoint::kInfer, kSendMethods, Action::kInfer, false},
    Known{"/v2/models/digit/versions/1", Endpoint::kMetadata, kReadMethods, Action::kTellModel,
          false},
    Known{"/v2/models/digit/versions/1/ready", Endpoint::kHealth, kReadMethods,
          Action::kTellModelReady, false},
    Known{"/v2/models/digit/versions/1/infer", Endpoint::kInfer, kSendMethods, Action::kInfer,
          false},
};
constexpr std::string_view kStaticPrefix = "/static/";
constexpr Known kStaticFile{kStaticPrefix, Endpoint::kStatic, kReadMethods, Action::kServeFile,
                            true};
constexpr Known kUnknownPath{"", Endpoint::kUnknown, kReadMethods, Action::kRefusePath, true};

const Known& known_path(std::string_view path) {
    for (const Known& known : kKnownPaths)
        if (path == known.path) return known;
    return path.starts_with(kStaticPrefix) ? kStaticFile : kUnknownPath;
}

Format format_of(std::string_view type) {
    if (type == kHtml) return Format::kHtml;
    return type == kJson ? Format::kJson : Format::kText;
}

template <std::size_t n>
Format negotiate(std::string_view accept, const std::array<std::string_view, n>& offers) {
    return format_of(offers[preferred_type(accept, offers)]);
}

void choose_formats(const Known& known, std::string_view accept, Route& route) {
    if (known.endpoint == Endpoint::kPage) {
        route.format = route.error_format = negotiate(accept, std::array{kHtml, kJson, kText});
    } else if (known.for_people) {
        // The original service answers JSON to everyone; a browser is only shown errors as pages.
        route.format = negotiate(accept, std::array{kJson, kText});
        route.error_format = negotiate(accept, std::array{kJson, kText, kHtml});
    } else {
        route.format = Format::kJson;
        route.error_format = negotiate(accept, std::array{kJson, kText});
    }
}

bool names_method(std::string_view allow, std::string_view method) {
    while (!allow.empty())
        if (trimmed(take_until(allow, ',')) == method) return true;
    return false;
}

bool is_get(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

Route route(std::string_view method, std::string_view path, std::string_view accept) {
    const Known& known = known_path(path);
    Route route{};
    route.action = known.action;
    route.endpoint = known.endpoint;
    route.allow = known.methods;
    choose_formats(known, accept, route);
    if (route.action == Action::kRefusePath) return route;
    if (method == "OPTIONS") {
        route.action = Action::kTellMethods;
    } else if (!names_method(route.allow, method)) {
        route.action = Action::kRefuseMethod;
    } else if (known.endpoint == Endpoint::kPage && is_get(method)) {
        route.action = path.empty() ? Action::kAddSlash : Action::kShowPage;
        // GET has nothing to answer but the page.
        route.format = Format::kHtml;
    } else if (route.action == Action::kServeFile) {
        route.file = path.substr(kStaticPrefix.size());
    }
    return route;
}

std::string_view endpoint_name(Endpoint endpoint) {
    constexpr std::array<std::string_view, kEndpoints> kNames = {
        "page",   "curl-api", "static",  "infer",    "metadata",
        "health", "metrics",  "openapi", "feedback", "unknown"};
    return kNames[static_cast<std::size_t>(endpoint)];
}

std::size_t known_path_start(std::string_view uri) {
    const std::size_t file = uri.rfind(kStaticPrefix);
    if (file != std::string_view::npos) return file;
    std::size_t longest = uri.ends_with('/') ? 1 : 0;
    for (const Known& known : kKnownPaths)
        if (uri.ends_with(known.path)) longest = std::max(longest, known.path.size());
    return uri.size() - longest;
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
