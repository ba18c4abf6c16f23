// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/answering.h"

#include "mod_digit/answer.h"

namespace digit {
namespace {

// Everything from this origin, no inline code, nothing from elsewhere; Bootstrap's own stylesheet
// holds its icons as data URLs.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

void log_and_count(Exchange& exchange, const Problem& problem) {
    if (Counters* counters = exchange.counters()) counters->count_rejection(problem);
    std::string line = std::to_string(problem.kind->status);
    line.append(" ").append(problem.kind->type);
    if (!problem.id.empty()) line.append(" id ").append(problem.id);
    line.append(": ").append(problem.log.empty() ? problem.detail : problem.log);
    exchange.log(problem.kind->level, line);
}

}  // namespace

int answer(Exchange& exchange, std::span<const Outcome> outcomes) {
    for (const Outcome& outcome : outcomes)
        if (const auto* problem = std::get_if<Problem>(&outcome)) log_and_count(exchange, *problem);
    const int status = http_status(outcomes);
    if (status == HTTP_UNSUPPORTED_MEDIA_TYPE)
        exchange.set_header("Accept", "image/png, image/jpeg, image/gif");
    if (status == HTTP_SERVICE_UNAVAILABLE) exchange.set_header("Retry-After", "5");
    exchange.set_header("Cache-Control", "no-store");
    exchange.add_to_vary("Accept");

    const Format format =
        status == HTTP_OK ? exchange.route().format : exchange.route().error_format;
    if (format == Format::kHtml && page_ready(exchange))
        return send_page(exchange, status, outcomes);
    if (format == Format::kText) return exchange.send(status, kTextType, text_answer(outcomes));
    const JsonOptions options{query_flag(exchange.query(), "probabilities"),
                              query_flag(exchange.query(), "explain")};
    return exchange.send(status, status == HTTP_OK ? kJsonType : kProblemType,
                         json_answer(outcomes, options));
}

int refuse(Exchange& exchange, Problem problem) {
    const Outcome outcome = std::move(problem);
    return answer(exchange, {&outcome, 1});
}

int refuse_unread(Exchange& exchange, Problem problem) {
    exchange.leave_unread();
    return refuse(exchange, std::move(problem));
}

bool page_ready(const Exchange& exchange) {
    const LocationConfig& config = exchange.config();
    return config.page != nullptr && config.page->value && config.bootstrap != nullptr &&
           config.bootstrap->value;
}

int send_page(Exchange& exchange, int status, std::span<const Outcome> outcomes) {
    const PageContext context{relative_base(exchange.below()), exchange.absolute_url("/curl-api"),
                              exchange.limits(), exchange.config().takes_corrections(),
                              exchange.read_ns()};
    exchange.set_header("Cache-Control", "no-store");
    exchange.set_header("Content-Security-Policy", kContentSecurityPolicy);
    exchange.set_header("Referrer-Policy", "no-referrer");
    return exchange.send(status, kHtmlType,
                         exchange.config().page->value->render(context, outcomes));
}

}  // namespace digit
