// SPDX-License-Identifier: Apache-2.0
// The way of one request: from its route to whoever answers it.
#include "mod_digit/handler.h"

#include <http_log.h>

#include "mod_digit/answer.h"
#include "mod_digit/answering.h"
#include "mod_digit/classifying.h"
#include "mod_digit/correction_request.h"
#include "mod_digit/cross_origin.h"
#include "mod_digit/exchange.h"
#include "mod_digit/guard.h"
#include "mod_digit/inference_request.h"
#include "mod_digit/keep_alive_wait.h"
#include "mod_digit/service_request.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

int show_page(Exchange& exchange) {
    if (page_ready(exchange)) return send_page(exchange, HTTP_OK, {});
    exchange.answer_as(Format::kText);
    return refuse_unread(exchange, make_problem(Fault::kModelNotReady,
                                                "no page is loaded here; DigitPageDir and "
                                                "DigitBootstrapDir name its folders"));
}

int serve_file(Exchange& exchange) {
    const std::string_view name = exchange.route().file;
    const StaticFile* file = nullptr;
    if (page_ready(exchange)) {
        const StaticFile& bootstrap = *exchange.config().bootstrap->value;
        file = name == bootstrap.name ? &bootstrap : exchange.config().page->value->file(name);
    }
    if (file == nullptr)
        return refuse_unread(
            exchange, make_problem(Fault::kUnknownPath, "the page has no file of this name"));
    return send_cacheable(exchange, *file);
}

int add_slash(Exchange& exchange) {
    std::string location = relative_base(exchange.below());
    if (!exchange.query().empty()) location.append("?").append(exchange.query());
    exchange.set_header("Location", location);
    return exchange.send_constant(HTTP_PERMANENT_REDIRECT, kTextType,
                                  "The page is at its address with a slash.\n");
}

int tell_methods(Exchange& exchange) {
    exchange.set_header("Allow", exchange.route().allow);
    set_preflight_headers(exchange);
    return exchange.send_constant(HTTP_NO_CONTENT, {}, {});
}

int refuse_method(Exchange& exchange) {
    const std::string allowed(exchange.route().allow);
    exchange.set_header("Allow", allowed);
    return refuse_unread(exchange,
                         make_problem(Fault::kWrongMethod, "this path takes " + allowed + " only"));
}

int handle(Exchange& exchange) {
    set_cross_origin_headers(exchange);
    switch (exchange.route().action) {
        case Action::kShowPage:
            return show_page(exchange);
        case Action::kClassify:
            return classify_body(exchange);
        case Action::kServeFile:
            return serve_file(exchange);
        case Action::kAddSlash:
            return add_slash(exchange);
        case Action::kInfer:
            return infer(exchange);
        case Action::kTellServer:
        case Action::kTellModel:
        case Action::kTellLive:
        case Action::kTellReady:
        case Action::kTellModelReady:
        case Action::kTellMetrics:
        case Action::kTellOpenApi:
            return tell_service(exchange);
        case Action::kTakeCorrection:
            return take_correction(exchange);
        case Action::kTellMethods:
            return tell_methods(exchange);
        case Action::kRefuseMethod:
            return refuse_method(exchange);
        case Action::kRefusePath:
            break;
    }
    return refuse_unread(exchange,
                         make_problem(Fault::kUnknownPath, "there is nothing at this path"));
}

}  // namespace

int handle_request(request_rec* r) noexcept {
    // Unreachable by a test: there has to be no memory even for a refusal, but for httpd.
    const auto told_by_httpd = [r](const char* reason) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "500 internal: %s", reason);
        return HTTP_INTERNAL_SERVER_ERROR;
    };
    const auto told_by_us = [&](const char* reason) {
        return guarded(
            [&] {
                Exchange exchange(r);
                return refuse(exchange, make_problem(Fault::kInternal, reason));
            },
            told_by_httpd);
    };
    return guarded(
        [&] {
            Exchange exchange(r);
            wait_for_next_request(r, exchange.config().keep_alive_wait_ms.value_or(0));
            return handle(exchange);
        },
        told_by_us);
}

}  // namespace digit
