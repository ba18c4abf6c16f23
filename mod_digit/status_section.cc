// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/status_section.h"

// After httpd.h, which they do not include themselves.
#include <apr_escape.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_status.h>

#include <array>
#include <string>

#include "mod_digit/config.h"
#include "mod_digit/guard.h"
#include "mod_digit/model_state.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

struct Line {
    std::string name;   // of ?auto
    std::string words;  // of the HTML
    std::string value;
};

std::uint64_t requests_of(const Counters& counters, bool (*wanted)(int status)) {
    std::uint64_t total = 0;
    for (std::size_t e = 0; e < kEndpoints; ++e)
        for (std::size_t s = 0; s < kCountedStatuses.size(); ++s)
            if (wanted(kCountedStatuses[s]))
                total += counters.sum(
                    [&](const CounterSlot& slot) -> const Cell& { return slot.requests[e][s]; });
    return total;
}

template <std::size_t n>
std::uint64_t total_of(const Counters& counters, std::array<Cell, n> CounterSlot::*cells) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < n; ++i)
        total +=
            counters.sum([&](const CounterSlot& slot) -> const Cell& { return (slot.*cells)[i]; });
    return total;
}

std::vector<Line> lines_of(const Counters& counters) {
    std::vector<Line> lines;
    const auto put = [&](const char* name, const char* words, std::uint64_t value) {
        lines.push_back({name, words, std::to_string(value)});
    };
    put("DigitRequests", "Requests", requests_of(counters, [](int) { return true; }));
    put("DigitRequestsRefused", "Requests refused (4xx)",
        requests_of(counters, [](int status) { return status >= 400 && status < 500; }));
    put("DigitRequestsFailed", "Requests failed (5xx)",
        requests_of(counters, [](int status) { return status >= 500; }));
    put("DigitImages", "Pictures classified", total_of(counters, &CounterSlot::pictures));
    put("DigitRejected", "Pictures and requests rejected",
        total_of(counters, &CounterSlot::rejected));
    for (int d = 0; d < kDigits; ++d) {
        const auto digit = static_cast<std::size_t>(d);
        const std::string name = std::to_string(d);
        const auto cell = [&](const CounterSlot& slot) -> const Cell& {
            return slot.predictions[digit];
        };
        lines.push_back(
            {"DigitPredicted" + name, "Answered " + name, std::to_string(counters.sum(cell))});
    }
    return lines;
}

// What serves under each name that the configuration gives to a model: DigitModel1File, ….
void add_models(const server_rec* server, std::vector<Line>& lines) {
    int number = 0;
    for (const ModelState& state : model_states(server)) {
        const std::string model = std::to_string(++number);
        const auto put = [&](const char* name, const char* words, const std::string& value) {
            if (!value.empty())
                lines.push_back(
                    {"DigitModel" + model + name, "Model " + model + ", " + words, value});
        };
        put("File", "file", state.path);
        put("State", "state", serving_name(state.serving));
        put("Refusal", "why that file does not serve", state.refusal);
        put("Network", "network that serves", state.architecture);
        put("Sha256", "SHA-256 of its tensors", state.sha256);
        char since[APR_RFC822_DATE_LEN];
        apr_rfc822_date(since, state.since);
        if (state.serving != Serving::kNothing) put("Since", "serving since", since);
    }
}

void put_html(request_rec* r, const std::vector<Line>& lines) {
    ap_rputs(
        "<hr />\n<h2>mod_digit</h2>\n<p>Since httpd was started, restarts included.</p>\n<dl>\n",
        r);
    for (const Line& line : lines)
        ap_rprintf(r, "<dt>%s: %s</dt>\n", line.words.c_str(),
                   apr_pescape_entity(r->pool, line.value.c_str(), 1));
    ap_rputs("</dl>\n", r);
}

}  // namespace

int tell_status(request_rec* r, int flags) noexcept {
    return guarded(
        [&] {
            const Counters* counters = server_config(r->server).counters;
            if (counters == nullptr) return DECLINED;
            std::vector<Line> lines = lines_of(*counters);
            add_models(r->server, lines);
            if ((flags & AP_STATUS_SHORT) == 0) {
                put_html(r, lines);
                return OK;
            }
            for (const Line& line : lines)
                ap_rprintf(r, "%s: %s\n", line.name.c_str(), line.value.c_str());
            return OK;
        },
        [r](const char* reason) {
            // unreachable by a test: nothing but std::bad_alloc is thrown
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "no mod_digit section: %s", reason);
            return DECLINED;
        });
}

}  // namespace digit
