// SPDX-License-Identifier: Apache-2.0
#include "trainer/describe.h"

#include <cstdio>

#include "libdigit/receipt_json.h"

namespace digit {

namespace {

std::string box_text(const Box& box) {
    return std::to_string(box.width) + "×" + std::to_string(box.height) + " at " +
           std::to_string(box.x) + "," + std::to_string(box.y);
}

std::size_t weights_of(const NetworkParameters& network) {
    std::size_t count = 0;
    for (const DenseLayer& layer : network.layers) count += layer.weight.size();
    return count;
}

}  // namespace

std::string plain_line(const std::string& path, const Classification& result) {
    char answer[32];
    std::snprintf(answer, sizeof answer, "\t%d\t%.4f\n", result.digit,
                  static_cast<double>(result.confidence));
    return path + answer;
}

std::string plain_receipt(const Classification& result) {
    const Receipt& receipt = result.receipt;
    const FrameReceipt& frame = receipt.framed.receipt;
    std::string text;
    const auto line = [&text](const std::string& name, const std::string& value) {
        text += "  " + name + ": " + value + "\n";
    };
    line("format", std::string(format_name(receipt.format)) + ", " + std::to_string(receipt.width) +
                       "×" + std::to_string(receipt.height) + " pixels, orientation " +
                       std::to_string(receipt.orientation));
    line("polarity", polarity_name(frame.polarity));
    line("crop", box_text(frame.crop));
    line("ink box", box_text(frame.ink_box));
    for (const std::string& warning : frame.warnings) line("warning", warning);
    if (result.uncertain) line("warning", "the answer is uncertain");
    std::string probabilities;
    for (std::size_t digit = 0; digit < result.probabilities.size(); ++digit) {
        char one[32];
        std::snprintf(one, sizeof one, "%s%zu %.4f", digit == 0 ? "" : "  ", digit,
                      static_cast<double>(result.probabilities[digit]));
        probabilities += one;
    }
    line("probabilities", probabilities);
    static constexpr const char* kShades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
    for (std::size_t y = 0; y < kInputEdge; ++y) {
        text += "  |";
        for (std::size_t x = 0; x < kInputEdge; ++x)
            text += kShades[(receipt.framed.pixels[y * kInputEdge + x] + 51) / 64];
        text += "|\n";
    }
    return text;
}

std::string json_line(const std::string& path, const Classification& result, bool explain) {
    JsonWriter json;
    json.begin_object().member("path", path).member("prediction", result.digit);
    json.member("confidence", FourDecimals(result.confidence));
    if (result.uncertain) json.member("uncertain", true);
    if (explain) {
        write_probabilities(json, result);
        write_receipt(json.key("receipt"), result.receipt);
    }
    return json.end_object().take() + "\n";
}

std::string json_line(const std::string& path, const Status& refusal) {
    JsonWriter json;
    json.begin_object().member("path", path).member("error", refusal.message());
    return json.end_object().take() + "\n";
}

std::string plain_inspection(const NetworkParameters& network) {
    std::string text = "weights: " + std::to_string(weights_of(network)) + "\n";
    for (const auto& [name, value] : network.metadata) text += name + ": " + value + "\n";
    return text;
}

std::string json_inspection(const NetworkParameters& network) {
    JsonWriter json;
    json.begin_object().member("weights", weights_of(network)).key("metadata").begin_object();
    for (const auto& [name, value] : network.metadata) json.member(name, value);
    return json.end_object().end_object().take() + "\n";
}

}  // namespace digit
