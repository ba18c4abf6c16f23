// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/origin.h"

#include <algorithm>

#include "mod_digit/text.h"

namespace digit {
namespace {

constexpr std::string_view kSchemes[] = {"https://", "http://"};

// What follows the scheme, empty where it is neither http nor https.
std::string_view authority_of(std::string_view origin) {
    for (const std::string_view scheme : kSchemes)
        if (origin.size() > scheme.size() && iequals(origin.substr(0, scheme.size()), scheme))
            return origin.substr(scheme.size());
    return {};
}

// A host, in brackets where it is an IPv6 address, and perhaps a port.
bool is_authority(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view(".-:[]_").find(c) != std::string_view::npos;
    });
}

}  // namespace

std::variant<AllowedOrigins, std::string> parse_origins(
    const std::vector<std::string_view>& arguments) {
    AllowedOrigins allowed;
    if (arguments.size() == 1 && arguments[0] == "none") return allowed;
    if (arguments.size() == 1 && arguments[0] == "*") {
        allowed.any = true;
        return allowed;
    }
    for (const std::string_view argument : arguments) {
        std::string origin(argument);
        for (char& c : origin) c = ascii_lower(c);
        if (!is_authority(authority_of(origin)))
            return "'" + std::string(argument) +
                   "' is not an origin; write origins without a path, such as "
                   "https://app.example.org or http://localhost:3000, or * for every page, or none";
        allowed.origins.push_back(std::move(origin));
    }
    if (allowed.origins.empty()) return std::string("write at least one origin, or *, or none");
    return allowed;
}

std::string_view allowed_origin(const AllowedOrigins& allowed, std::string_view origin) {
    if (origin.empty()) return {};
    if (allowed.any) return "*";
    for (const std::string& one : allowed.origins)
        if (iequals(one, origin)) return origin;
    return {};
}

bool is_same_origin(std::string_view sec_fetch_site, std::string_view origin,
                    std::string_view host) {
    if (!sec_fetch_site.empty()) return sec_fetch_site == "same-origin";
    // Older browsers send the origin alone. Its scheme is not compared, for behind a proxy that
    // ends TLS the server does not know its own.
    const std::string_view authority = authority_of(origin);
    return !authority.empty() && iequals(authority, host);
}

}  // namespace digit
