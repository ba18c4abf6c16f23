// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/classifying.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "libdigit/four_decimals.h"
#include "mod_digit/answering.h"
#include "mod_digit/counters.h"

namespace digit {
namespace {

// "7,-,3" and "0.9987,-,0.8123".
class LogNote {
  public:
    void add(std::string_view prediction, std::string_view confidence) {
        if (!predictions_.empty()) {
            predictions_ += ',';
            confidences_ += ',';
        }
        predictions_ += prediction;
        confidences_ += confidence;
    }

    void add(int digit, float confidence) {
        const char prediction = static_cast<char>('0' + digit);
        add({&prediction, 1}, FourDecimals(confidence).fixed());
    }

    void give_to(Exchange& exchange) const {
        exchange.note_for_log("DIGIT_PREDICTION", predictions_);
        exchange.note_for_log("DIGIT_CONFIDENCE", confidences_);
    }

  private:
    std::string predictions_;
    std::string confidences_;
};

}  // namespace

Problem no_model() {
    return make_problem(Fault::kModelNotReady, "no model is loaded here; DigitModel names one");
}

void note_outcomes(Exchange& exchange, std::span<const Outcome> outcomes) {
    LogNote note;
    for (const Outcome& outcome : outcomes) {
        const auto* result = std::get_if<Classification>(&outcome);
        if (result == nullptr) {
            note.add("-", "-");
            continue;
        }
        note.add(result->digit, result->confidence);
        if (Counters* counters = exchange.counters())
            counters->count_picture(static_cast<std::size_t>(result->receipt.format),
                                    result->digit);
    }
    note.give_to(exchange);
}

void note_probabilities(Exchange& exchange, std::span<const float> probabilities) {
    LogNote note;
    for (auto p = probabilities.begin(); p != probabilities.end(); p += kDigits) {
        const auto surest = std::max_element(p, p + kDigits);
        const auto digit = static_cast<int>(surest - p);
        note.add(digit, *surest);
        if (Counters* counters = exchange.counters()) counters->count_picture(kPixelsFormat, digit);
    }
    note.give_to(exchange);
}

int classify_body(Exchange& exchange) {
    const Model* model = exchange.model();
    if (model == nullptr) return refuse_unread(exchange, no_model());
    const std::string_view content_type = exchange.header("Content-Type");
    auto body = exchange.read(max_body_bytes(content_type, exchange.limits().max_file_bytes));
    if (auto* problem = std::get_if<Problem>(&body)) return refuse(exchange, std::move(*problem));
    if (const auto* already = std::get_if<AlreadyAnswered>(&body))
        return exchange.finish(already->status);

    const std::vector<Outcome> outcomes =
        classify_upload(content_type, std::get<Body>(body).bytes(), *model, exchange.limits(),
                        *exchange.lend_scratch(), exchange.stage_times());
    exchange.end_classification();
    note_outcomes(exchange, outcomes);
    return answer(exchange, outcomes);
}

}  // namespace digit
