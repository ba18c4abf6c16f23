// SPDX-License-Identifier: Apache-2.0
#include "trainer/report.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "libdigit/png_writer.h"
#include "trainer/calibration.h"
#include "trainer/confusion.h"
#include "trainer/svg_chart.h"

namespace digit {

namespace {

constexpr std::size_t kMistakes = 60;

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1c1f23; --paper: #fbfbf9; --faint: #d9d9d4;
  --s0: #1769aa; --s1: #c2410c; --s2: #2e7d32; --good: 23,105,170; --bad: 194,65,12; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e2; --paper: #17191c; --faint: #3a3d42;
  --s0: #6db3f2; --s1: #f59e6c; --s2: #81c784; --good: 109,179,242; --bad: 245,158,108; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; }
svg { width: 100%; max-width: 36rem; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
svg .grid { stroke: var(--faint); } svg .axis { stroke: var(--ink); }
svg .diagonal { stroke: var(--faint); stroke-width: 2; stroke-dasharray: 6 5; }
svg polyline { fill: none; stroke-width: 2; } svg line.s0, svg line.s1, svg line.s2 { stroke-width: 3; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); }
svg circle { fill: var(--paper); stroke-width: 2; }
table { border-collapse: collapse; } td, th { padding: .25rem .6rem; text-align: right;
  font-variant-numeric: tabular-nums; } .facts td, .facts th { text-align: left; }
.facts td { overflow-wrap: anywhere; } .scroll { overflow-x: auto; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)); gap: .8rem; }
figure { margin: 0; } figure img { width: 100%; image-rendering: pixelated; border-radius: 4px; }
figcaption { font-size: .8rem; }
)";

std::string fixed(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

template <class F>
Series series_of(const char* name, const std::vector<EpochRecord>& history, F value) {
    Series series{name, {}, false};
    for (const EpochRecord& r : history) series.points.push_back({r.epoch + 1.0, value(r)});
    return series;
}

std::string learning_curves(const std::vector<EpochRecord>& history, const TrainingData& data) {
    // A log scale has no zero; a tenth of a picture stands for none wrong.
    const double least = 0.1 / std::max(1, data.seen().size());
    const auto error = [least](double accuracy) { return 100 * std::max(least, 1 - accuracy); };
    Chart errors{"Wrong answers by epoch", "epoch", "wrong, percent", {}, true, false};
    errors.series.push_back(
        series_of("training", history, [&](const auto& r) { return error(r.train_accuracy); }));
    errors.series.push_back(series_of(data.seen_name(), history,
                                      [&](const auto& r) { return error(r.seen_accuracy); }));
    if (data.drawn_validation.size() > 0)
        errors.series.push_back(
            series_of("drawn", history, [&](const auto& r) { return error(r.drawn_accuracy); }));
    Chart losses{"Loss by epoch", "epoch", "cross-entropy", {}, true, false};
    losses.series.push_back(
        series_of("training", history, [](const auto& r) { return std::max(1e-6, r.train_loss); }));
    losses.series.push_back(series_of(data.seen_name(), history,
                                      [](const auto& r) { return std::max(1e-6, r.seen_loss); }));
    return "<div class=\"charts\">" + draw_chart(errors) + draw_chart(losses) + "</div>";
}

std::string confusion_table(const Evaluation& seen, const Dataset& data) {
    Confusion confusion;
    for (std::size_t i = 0; i < seen.logits.size(); ++i) {
        const auto& logits = seen.logits[i];
        confusion.add(
            data.labels[i],
            static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    }
    std::string html = "<div class=\"scroll\"><table><tr><th>label \\ answer</th>";
    for (int k = 0; k < kDigits; ++k) html += "<th>" + std::to_string(k) + "</th>";
    html += "</tr>";
    for (int label = 0; label < kDigits; ++label) {
        int row = 0;
        for (int k = 0; k < kDigits; ++k) row += confusion.count(label, k);
        html += "<tr><th>" + std::to_string(label) + "</th>";
        for (int k = 0; k < kDigits; ++k) {
            const int count = confusion.count(label, k);
            // A percent of a row is as red as it gets; a diagonal cell fades with what it lacks.
            const double part = row == 0 ? 0 : count / static_cast<double>(row);
            const double strength = label == k ? 0.45 * part : std::min(1.0, 60 * part) * 0.7;
            html += "<td style=\"background:rgba(var(" +
                    std::string(label == k ? "--good" : "--bad") + ")," + fixed(strength, 2) +
                    ")\">" + (count > 0 ? std::to_string(count) : "") + "</td>";
        }
        html += "</tr>";
    }
    return html + "</table></div>";
}

struct Mistake {
    std::size_t picture = 0;
    int answer = 0;
    float confidence = 0;
};

std::string mistake_gallery(const Evaluation& seen, const Dataset& data, float temperature) {
    std::vector<Mistake> mistakes;
    for (std::size_t i = 0; i < seen.logits.size(); ++i) {
        const auto p = probabilities_of(seen.logits[i], temperature);
        const auto best = std::max_element(p.begin(), p.end());
        const int answer = static_cast<int>(best - p.begin());
        if (answer != data.labels[i]) mistakes.push_back({i, answer, *best});
    }
    std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) {
        return a.confidence > b.confidence;
    });
    std::string html = "<p>" + std::to_string(mistakes.size()) + " of " +
                       std::to_string(data.size()) +
                       " are wrong; the most confident ones first.</p><div class=\"mistakes\">";
    if (mistakes.size() > kMistakes) mistakes.resize(kMistakes);
    for (const Mistake& mistake : mistakes) {
        const std::string says = std::to_string(mistake.answer) + " instead of " +
                                 std::to_string(data.labels[mistake.picture]);
        html += "<figure><img alt=\"" + says + "\" src=\"" +
                data_uri(encode_png(data.picture(static_cast<int>(mistake.picture)), kInputEdge,
                                    kInputEdge, 1)) +
                "\"><figcaption>" + says + ", " +
                fixed(100 * static_cast<double>(mistake.confidence), 0) +
                " %</figcaption></figure>";
    }
    return html + "</div>";
}

Series reliability(const char* name, const std::vector<ConfidenceBin>& bins) {
    Series series{name, {}, true};
    for (const ConfidenceBin& bin : bins)
        if (bin.count > 0) series.points.push_back({bin.confidence, bin.accuracy});
    return series;
}

std::string calibration_plot(const Evaluation& seen, const Dataset& data, float temperature) {
    const auto raw = confidence_bins(seen, data.labels, 1);
    Chart chart{"Accuracy by confidence", "confidence", "accuracy", {}, false, true};
    chart.series.push_back(reliability("as trained", raw));
    std::string text =
        "<p>Expected calibration error " + fixed(100 * expected_calibration_error(raw), 2) + " %";
    if (temperature != 1) {
        const auto calibrated = confidence_bins(seen, data.labels, temperature);
        chart.series.push_back(reliability("calibrated", calibrated));
        text += ", " + fixed(100 * expected_calibration_error(calibrated), 2) +
                " % at the temperature " + fixed(static_cast<double>(temperature), 3);
    }
    return text + ".</p><div class=\"charts\">" + draw_chart(chart) + "</div>";
}

std::string facts(const Metadata& metadata) {
    std::string html = "<table class=\"facts\">";
    for (const auto& [name, value] : metadata)
        html += "<tr><th>" + escaped(name) + "</th><td>" + escaped(value) + "</td></tr>";
    return html + "</table>";
}

}  // namespace

Status write_report(const std::string& folder, const std::vector<EpochRecord>& history,
                    const TrainingData& data, const Outcome& outcome, const Metadata& metadata) {
    const Dataset& pictures = data.seen();
    const Evaluation& seen = data.validation.size() > 0 ? outcome.validation : outcome.test;
    const float temperature = outcome.calibration ? outcome.calibration->temperature : 1;
    std::string html =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>digit-train</title><style>" +
        std::string(kStyle) + "</style><h1>A network that reads digits</h1>";
    if (!history.empty())
        html += "<p>" + std::to_string(history.back().epoch + 1) + " epochs in " +
                fixed(history.back().seconds, 0) + " seconds.</p><h2>Learning</h2>" +
                learning_curves(history, data);
    if (pictures.size() > 0) {
        const std::string name = data.seen_name();
        html += "<h2>Answers to the " + name + " pictures</h2>" + confusion_table(seen, pictures) +
                "<h2>Mistakes</h2>" + mistake_gallery(seen, pictures, temperature) +
                "<h2>Calibration</h2>" + calibration_plot(seen, pictures, temperature);
    }
    html += "<h2>Settings and figures</h2>" + facts(metadata) + "</html>\n";

    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::filesystem::path path = std::filesystem::path(folder) / "index.html";
    std::ofstream file(path, std::ios::binary);
    file << html;
    file.close();
    if (!file) return {Code::kIo, path.string(), "cannot be written"};
    return {};
}

}  // namespace digit
