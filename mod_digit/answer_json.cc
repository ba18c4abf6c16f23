// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "libdigit/receipt_json.h"
#include "mod_digit/answer.h"

namespace digit {
namespace {

// Members in the order in which they are told: `prediction` first, as the original service did.
using Json = nlohmann::ordered_json;

// Enough to tell probabilities apart, short enough to read.
double four_decimals(float value) { return std::round(static_cast<double>(value) * 1e4) / 1e4; }
double six_decimals(float value) { return std::round(static_cast<double>(value) * 1e6) / 1e6; }

Json object(const Classification& result, JsonOptions options) {
    Json object = {{"prediction", result.digit}, {"confidence", four_decimals(result.confidence)}};
    if (result.uncertain) object["uncertain"] = true;
    if (options.probabilities) {
        Json& all = object["probabilities"] = Json::array();
        for (const float p : result.probabilities) all.push_back(six_decimals(p));
    }
    if (options.explain) object["receipt"] = receipt_json(result.receipt);
    return object;
}

Json object(const Problem& problem, JsonOptions) {
    Json object = {
        {"type", problem.type()},         {"title", problem.kind->title},
        {"status", problem.kind->status}, {"detail", problem.detail},
        {"message", problem.message()},   {"error", problem.detail},
    };
    if (!problem.id.empty()) object["id"] = problem.id;
    return object;
}

Json object(const Outcome& outcome, JsonOptions options) {
    return std::visit([&](const auto& it) { return object(it, options); }, outcome);
}

// Never throws over a text that is not UTF-8.
std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int http_status(std::span<const Outcome> outcomes) {
    for (const Outcome& outcome : outcomes)
        if (std::holds_alternative<Classification>(outcome)) return 200;
    return std::get<Problem>(outcomes.front()).kind->status;
}

std::string json_answer(std::span<const Outcome> outcomes, JsonOptions options) {
    if (outcomes.size() == 1) return dumped(object(outcomes.front(), options));
    Json answer = Json::object();
    if (http_status(outcomes) != 200) answer = object(outcomes.front(), options);
    Json& predictions = answer["predictions"] = Json::array();
    for (const Outcome& outcome : outcomes) predictions.push_back(object(outcome, options));
    return dumped(answer);
}

}  // namespace digit
