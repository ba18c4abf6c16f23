// SPDX-License-Identifier: Apache-2.0
// Which pages may read answers, and which may send corrections. Pure.
// Source: RFC 6454; https://fetch.spec.whatwg.org/#http-cors-protocol; Fetch Metadata Request
// Headers, W3C.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace digit {

// What DigitAllowOrigin says.
struct AllowedOrigins {
    bool any = false;                  // "*"
    std::vector<std::string> origins;  // "https://app.example.org", lower case
};

// arguments: origins, or "*" alone, or "none" alone; else a sentence that says what to write.
std::variant<AllowedOrigins, std::string> parse_origins(
    const std::vector<std::string_view>& arguments);

// What Access-Control-Allow-Origin tells a request with this Origin header; empty for nothing.
std::string_view allowed_origin(const AllowedOrigins& allowed, std::string_view origin);

// Whether a browser vouches that a page of this very host sent the request. A browser sets both
// headers itself and lets no page forge them. host: the Host header.
bool is_same_origin(std::string_view sec_fetch_site, std::string_view origin,
                    std::string_view host);

}  // namespace digit
