// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/cross_origin.h"

namespace digit {
namespace {

std::string_view allowed_for(const Exchange& exchange) {
    const AllowedOrigins* allowed = exchange.config().allowed_origins;
    if (allowed == nullptr || exchange.route().endpoint == Endpoint::kFeedback) return {};
    return allowed_origin(*allowed, exchange.header("Origin"));
}

}  // namespace

void set_cross_origin_headers(Exchange& exchange) {
    const AllowedOrigins* allowed = exchange.config().allowed_origins;
    if (allowed == nullptr) return;
    // Caches keep one answer for each origin, also for those that are told nothing.
    if (!allowed->any) exchange.add_to_vary("Origin");
    const std::string_view origin = allowed_for(exchange);
    if (origin.empty()) return;
    exchange.set_header("Access-Control-Allow-Origin", origin);
    exchange.set_header("Access-Control-Expose-Headers",
                        "X-Request-ID, Retry-After, Inference-Header-Content-Length");
}

void set_preflight_headers(Exchange& exchange) {
    if (allowed_for(exchange).empty() || exchange.header("Access-Control-Request-Method").empty())
        return;
    exchange.set_header("Access-Control-Allow-Methods", exchange.route().allow);
    exchange.set_header("Access-Control-Allow-Headers",
                        "Accept, Content-Type, X-Request-ID, Inference-Header-Content-Length");
    exchange.set_header("Access-Control-Max-Age", "7200");
}

}  // namespace digit
