// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/page.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "libdigit/receipt_json.h"
#include "mod_digit/page_template.h"

namespace digit {
namespace {

namespace mustache = kainjow::mustache;

struct PageFile {
    const char* name;
    std::string_view content_type;
    std::span<const char* const> parts = {};  // what it is put together from; none: itself
};

constexpr const char* kStyleParts[] = {
    "style/colours.css", "style/page.css", "style/controls.css", "style/pad.css",
    "style/answer.css",  "style/bars.css", "style/bands.css",
};
// One script, so what one part declares the others know; the first says "use strict".
constexpr const char* kScriptParts[] = {
    "script/page.js",       "script/telling.js", "script/asking.js",  "script/fitting.js",
    "script/pictures.js",   "script/pad.js",     "script/drawing.js", "script/visit.js",
    "script/correcting.js", "script/command.js", "script/theme.js",
};

// Every file that is served from the page's folder; there are no others below static/ than these
// and Bootstrap's.
constexpr std::array kPageFiles = {
    PageFile{"digit.css", "text/css; charset=utf-8", kStyleParts},
    PageFile{"digit.js", "text/javascript; charset=utf-8", kScriptParts},
    PageFile{"samples/0.png", "image/png"},
    PageFile{"samples/1.png", "image/png"},
    PageFile{"samples/2.png", "image/png"},
    PageFile{"samples/3.jpg", "image/jpeg"},
    PageFile{"samples/4.png", "image/png"},
    PageFile{"samples/5.gif", "image/gif"},
    PageFile{"samples/6.png", "image/png"},
    PageFile{"samples/7.png", "image/png"},
    PageFile{"samples/8.jpg", "image/jpeg"},
    PageFile{"samples/9.jpg", "image/jpeg"},
    PageFile{"samples/face.png", "image/png"},
};

std::variant<StaticFile, LoadFault> load_page_file(const std::string& folder,
                                                   const PageFile& wanted) {
    if (wanted.parts.empty())
        return load_static_file(folder + wanted.name, wanted.name, wanted.content_type);
    std::string whole;
    for (const char* part : wanted.parts) {
        auto text = read_text_file(folder + part);
        if (auto* fault = std::get_if<LoadFault>(&text)) return std::move(*fault);
        whole += std::get<std::string>(text);
    }
    return make_static_file(wanted.name, wanted.content_type, std::move(whole));
}

std::string percent(float probability) {
    char text[16];
    // 100 % is said of nothing.
    std::snprintf(text, sizeof text, "%.1f",
                  std::min(static_cast<double>(probability) * 100, 99.9));
    return text;
}

mustache::data probability_rows(const Classification& result) {
    mustache::data rows{mustache::data::type::list};
    for (int digit = 0; digit < kDigits; ++digit) {
        const float p = result.probabilities[static_cast<std::size_t>(digit)];
        char value[16];
        std::snprintf(value, sizeof value, "%.4f", static_cast<double>(p));
        mustache::data row;
        row.set("label", std::to_string(digit));
        row.set("value", std::string(value));
        row.set("percent_of_digit", percent(p));
        row.set("winner", digit == result.digit);
        rows.push_back(row);
    }
    return rows;
}

// The likeliest digit but for the one that is answered.
int runner_up(const Classification& result) {
    int second = result.digit == 0 ? 1 : 0;
    for (int digit = 0; digit < kDigits; ++digit)
        if (digit != result.digit && result.probabilities[static_cast<std::size_t>(digit)] >
                                         result.probabilities[static_cast<std::size_t>(second)])
            second = digit;
    return second;
}

// label: its name among the regions of the page.
mustache::data answer_data(const Classification& result, const std::string& label) {
    const Receipt& receipt = result.receipt;
    mustache::data warnings{mustache::data::type::list};
    for (const std::string& warning : receipt.framed.receipt.warnings)
        warnings.push_back(mustache::data("sentence", warning));
    std::string format(format_name(receipt.format));
    for (char& c : format) c = static_cast<char>(c - 'a' + 'A');

    mustache::data answer;
    answer.set("label", label);
    answer.set("digit", std::to_string(result.digit));
    answer.set("percent", percent(result.confidence));
    answer.set("sureness", std::string(confidence_in_words(result)));
    answer.set("uncertain", result.uncertain);
    answer.set("picture", picture_data_uri(receipt.framed));
    answer.set("runner_up", std::to_string(runner_up(result)));
    answer.set("bars", probability_rows(result));
    answer.set("format", format);
    answer.set("width", std::to_string(receipt.width));
    answer.set("height", std::to_string(receipt.height));
    answer.set("ink", receipt.framed.receipt.polarity == Polarity::kDarkOnLight
                          ? "dark ink on a light ground"
                          : "light ink on a dark ground");
    answer.set("warnings", warnings);
    return answer;
}

mustache::data outcome_data(const Outcome& outcome, const std::string& label) {
    if (const auto* result = std::get_if<Classification>(&outcome))
        return mustache::data("answer", answer_data(*result, label));
    const Problem& problem = std::get<Problem>(outcome);
    mustache::data refusal;
    refusal.set("title", std::string(problem.kind->title));
    refusal.set("message", problem.message());
    return mustache::data("refusal", refusal);
}

// Of 2^20 pixels, as the limits are set.
std::string megapixels(std::uint64_t pixels) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", static_cast<double>(pixels) / (1 << 20));
    return text;
}

// Two digits, as far as they mean anything: "0.06", "1.4", "23".
std::string milliseconds(std::int64_t ns) {
    const double ms = static_cast<double>(ns) / 1e6;
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", ms < 1 ? 2 : ms < 10 ? 1 : 0, ms);
    return text;
}

// "The digit is 7 – …" in the title bar, so that a screen reader says it first.
std::string title(std::span<const Outcome> outcomes) {
    if (outcomes.size() != 1) return "Which digit is it?";
    if (const auto* result = std::get_if<Classification>(&outcomes.front()))
        return (result->uncertain ? "Not sure: perhaps " : "The digit is ") +
               std::to_string(result->digit) + " – Which digit is it?";
    return "Error – Which digit is it?";
}

}  // namespace

Page::Page(std::unique_ptr<const PageTemplate> page) : template_(std::move(page)) {}
Page::Page(Page&&) noexcept = default;
Page::~Page() = default;

std::variant<Page, LoadFault> Page::load(const std::string& folder) {
    const std::string path = folder + "/page.mustache";
    auto text = read_text_file(path);
    if (auto* fault = std::get_if<LoadFault>(&text)) return std::move(*fault);
    auto parsed = PageTemplate::parse(std::get<std::string>(text));
    if (auto* fault = std::get_if<LoadFault>(&parsed)) return LoadFault{path + " " + fault->reason};
    Page page(std::make_unique<const PageTemplate>(std::move(std::get<PageTemplate>(parsed))));
    for (const PageFile& wanted : kPageFiles) {
        auto file = load_page_file(folder + "/", wanted);
        if (auto* fault = std::get_if<LoadFault>(&file)) return std::move(*fault);
        page.files_.push_back(std::move(std::get<StaticFile>(file)));
    }
    return page;
}

std::string Page::render(const PageContext& context, std::span<const Outcome> outcomes) const {
    mustache::data results{mustache::data::type::list};
    for (const Outcome& outcome : outcomes) {
        const bool only = outcomes.size() == 1;
        const auto number = &outcome - outcomes.data() + 1;
        results.push_back(
            outcome_data(outcome, only ? "Answer" : "Answer " + std::to_string(number)));
    }
    mustache::data data;
    data.set("title", title(outcomes));
    data.set("base", context.base);
    data.set("api_url", context.api_url);
    data.set("max_bytes", std::to_string(context.limits.max_file_bytes));
    data.set("max_pixels", std::to_string(context.limits.max_pixels));
    data.set("max_size", size_in_words(context.limits.max_file_bytes));
    data.set("min_edge", std::to_string(context.limits.min_edge));
    data.set("max_megapixels", megapixels(context.limits.max_pixels));
    data.set("feedback", context.feedback);
    data.set("results", results);
    data.set("together", outcomes.size() > 1);
    if (context.read_ns > 0) data.set("milliseconds", milliseconds(context.read_ns));
    data.set("empty", outcomes.empty());
    return template_->render(data);
}

const StaticFile* Page::file(std::string_view name) const {
    for (const StaticFile& file : files_)
        if (file.name == name) return &file;
    return nullptr;
}

std::string size_in_words(std::size_t bytes) {
    if (bytes >= 1u << 20 && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
    if (bytes >= 1u << 10 && bytes % (1u << 10) == 0) return std::to_string(bytes >> 10) + " KiB";
    return std::to_string(bytes) + " bytes";
}

std::string_view confidence_in_words(const Classification& result) {
    if (result.uncertain) return result.confidence < 0.5f ? "not sure at all" : "not sure";
    if (result.confidence >= 0.99f) return "almost certain";
    if (result.confidence >= 0.9f) return "quite sure";
    if (result.confidence >= 0.7f) return "fairly sure";
    return "not very sure";
}

}  // namespace digit
