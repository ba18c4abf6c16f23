// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/service_request.h"

#include "mod_digit/answer.h"
#include "mod_digit/answering.h"
#include "mod_digit/classifying.h"
#include "mod_digit/inference.h"
#include "mod_digit/openapi.h"

namespace digit {
namespace {

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

int tell(Exchange& exchange, std::string_view type, const std::string& text) {
    exchange.set_header("Cache-Control", "no-store");
    return exchange.send(HTTP_OK, type, text);
}

int tell_ready(Exchange& exchange, const std::string& text) {
    if (exchange.model() == nullptr) return refuse_unread(exchange, no_model());
    return tell(exchange, kJsonType, text);
}

int tell_metrics(Exchange& exchange) {
    std::string text;
    if (const Counters* counters = exchange.counters()) text = metrics_text(*counters);
    if (const Model* model = exchange.model()) text += model_metrics_text(*model);
    return tell(exchange, kMetricsType, text);
}

}  // namespace

int tell_service(Exchange& exchange) {
    switch (exchange.route().action) {
        case Action::kTellServer:
            return tell(exchange, kJsonType, server_metadata());
        case Action::kTellModel:
            return tell_ready(exchange, model_metadata());
        case Action::kTellLive:
            return tell(exchange, kJsonType, R"({"live":true})");
        case Action::kTellReady:
            return tell_ready(exchange, R"({"ready":true})");
        case Action::kTellModelReady:
            return tell_ready(exchange, R"({"name":"digit","ready":true})");
        case Action::kTellMetrics:
            return tell_metrics(exchange);
        default:
            return send_cacheable(exchange, openapi_document());
    }
}

int send_cacheable(Exchange& exchange, const StaticFile& file) {
    // Asked for again each time and answered by 304, so that an upgrade shows at once.
    exchange.set_header("Cache-Control", "no-cache");
    const int condition = exchange.condition(file.etag);
    if (condition != OK) return exchange.finish(condition);
    return exchange.send_constant(HTTP_OK, file.content_type, file.bytes);
}

}  // namespace digit
