// SPDX-License-Identifier: Apache-2.0
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4.
#include <cstdio>

#include "mod_digit/counters.h"

namespace digit {
namespace {

class Exposition {
  public:
    std::string text;

    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
        text.append(name).append(" ").append(type).append("\n");
    }

    // labels: `digit="7",code="200"`, or empty.
    void sample(std::string_view suffix, const std::string& labels, const std::string& value) {
        text.append(name_).append(suffix);
        if (!labels.empty()) text.append("{").append(labels).append("}");
        text.append(" ").append(value).append("\n");
    }

    // pick: from a CounterSlot to its Histogram.
    template <class Pick>
    void histogram(const Counters& counters, const std::string& labels, Pick pick) {
        const std::string before = labels.empty() ? "" : labels + ",";
        std::uint64_t below = 0;
        for (std::size_t i = 0; i <= kDurationBounds.size(); ++i) {
            below += counters.sum(
                [&](const CounterSlot& slot) -> const Cell& { return pick(slot).buckets[i]; });
            const std::string bound =
                i == kDurationBounds.size() ? "+Inf" : seconds(kDurationBounds[i] * 1000.0);
            sample("_bucket", before + "le=\"" + bound + "\"", std::to_string(below));
        }
        const std::uint64_t ns =
            counters.sum([&](const CounterSlot& slot) -> const Cell& { return pick(slot).sum_ns; });
        sample("_sum", labels, seconds(static_cast<double>(ns)));
        sample("_count", labels, std::to_string(below));
    }

  private:
    static std::string seconds(double ns) {
        char number[32];
        std::snprintf(number, sizeof number, "%.9g", ns / 1e9);
        return number;
    }

    std::string_view name_;
};

std::string label(std::string_view name, std::string_view value) {
    std::string text(name);
    text += "=\"";
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
    return text + '"';
}

void put_requests(const Counters& counters, Exposition& out) {
    out.family("digit_http_requests_total", "counter",
               "Requests that reached the module, by what was asked for and the answer's status.");
    for (std::size_t e = 0; e < kEndpoints; ++e)
        for (std::size_t s = 0; s < kCountedStatuses.size(); ++s) {
            const std::uint64_t n = counters.sum(
                [&](const CounterSlot& slot) -> const Cell& { return slot.requests[e][s]; });
            // Of the many pairs that cannot be nothing is said.
            if (n == 0) continue;
            const std::string code = s == 0 ? "other" : std::to_string(kCountedStatuses[s]);
            out.sample("",
                       label("handler", endpoint_name(static_cast<Endpoint>(e))) + "," +
                           label("code", code),
                       std::to_string(n));
        }
}

template <class Names, class Pick>
void put_family(const Counters& counters, std::string_view name, std::string_view help,
                std::string_view label_name, const Names& names, Pick pick, Exposition& out) {
    out.family(name, "counter", help);
    for (std::size_t i = 0; i < names.size(); ++i)
        out.sample("", label(label_name, names[i]),
                   std::to_string(counters.sum(
                       [&](const CounterSlot& slot) -> const Cell& { return pick(slot)[i]; })));
}

}  // namespace

std::string metrics_text(const Counters& counters) {
    Exposition out;
    put_requests(counters, out);
    out.family("digit_request_duration_seconds", "histogram",
               "From httpd's call of the module, the body's arrival included, until the answer is "
               "handed to httpd; of one request in 16.");
    out.histogram(counters, "",
                  [](const CounterSlot& slot) -> const Histogram& { return slot.request; });
    out.family("digit_stage_duration_seconds", "histogram",
               "The stages of a classification; of one request in 16.");
    for (std::size_t s = 0; s < kStageNames.size(); ++s)
        out.histogram(counters, label("stage", kStageNames[s]),
                      [&](const CounterSlot& slot) -> const Histogram& { return slot.stages[s]; });
    put_family(
        counters, "digit_images_total", "Pictures that were classified, by what they came as.",
        "format", kPictureFormats, [](const CounterSlot& slot) -> auto& { return slot.pictures; },
        out);
    constexpr std::array<std::string_view, kDigits> kDigitNames = {"0", "1", "2", "3", "4",
                                                                   "5", "6", "7", "8", "9"};
    put_family(
        counters, "digit_predictions_total", "Digits that were answered.", "digit", kDigitNames,
        [](const CounterSlot& slot) -> auto& { return slot.predictions; }, out);
    put_family(
        counters, "digit_rejected_total",
        "Pictures and requests that were refused, by the last part of the problem's type.",
        "reason", problem_types(), [](const CounterSlot& slot) -> auto& { return slot.rejected; },
        out);
    return std::move(out.text);
}

std::string model_metrics_text(const Model& model) {
    const auto told = [&](const char* key) {
        const auto at = model.metadata().find(key);
        return at == model.metadata().end() ? std::string() : at->second;
    };
    Exposition out;
    out.family("digit_model_info", "gauge", "The model that answers at this path.");
    out.sample("",
               label("architecture", model.architecture()) + "," + label("recipe", told("recipe")) +
                   "," + label("sha256", told("tensors_sha256")) + "," +
                   label("test_accuracy", told("test_accuracy")),
               "1");
    return std::move(out.text);
}

}  // namespace digit
