// SPDX-License-Identifier: Apache-2.0
#include "libdigit/receipt_json.h"
#include "mod_digit/answer.h"

namespace digit {
namespace {

// The members of one picture's object, `prediction` first, as the original service did.
void write_members(JsonWriter& json, const Classification& result, JsonOptions options) {
    json.member("prediction", result.digit).member("confidence", FourDecimals(result.confidence));
    if (result.uncertain) json.member("uncertain", true);
    if (options.probabilities) write_probabilities(json, result);
    if (options.explain) write_receipt(json.key("receipt"), result.receipt);
}

void write_members(JsonWriter& json, const Problem& problem, JsonOptions) {
    json.member("type", problem.type()).member("title", problem.kind->title);
    json.member("status", problem.kind->status).member("detail", problem.detail);
    json.member("message", problem.message()).member("error", problem.detail);
    if (!problem.id.empty()) json.member("id", problem.id);
}

void write_members(JsonWriter& json, const Outcome& outcome, JsonOptions options) {
    std::visit([&](const auto& it) { write_members(json, it, options); }, outcome);
}

}  // namespace

int http_status(std::span<const Outcome> outcomes) {
    for (const Outcome& outcome : outcomes)
        if (std::holds_alternative<Classification>(outcome)) return 200;
    return std::get<Problem>(outcomes.front()).kind->status;
}

std::string json_answer(std::span<const Outcome> outcomes, JsonOptions options) {
    JsonWriter json;
    json.begin_object();
    if (outcomes.size() == 1 || http_status(outcomes) != 200)
        write_members(json, outcomes.front(), options);
    if (outcomes.size() > 1) {
        json.key("predictions").begin_array();
        for (const Outcome& outcome : outcomes) {
            json.begin_object();
            write_members(json, outcome, options);
            json.end_object();
        }
        json.end_array();
    }
    return json.end_object().take();
}

}  // namespace digit
