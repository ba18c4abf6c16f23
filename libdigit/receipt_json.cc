// SPDX-License-Identifier: Apache-2.0
#include "libdigit/receipt_json.h"

#include <cmath>

#include "libdigit/png_writer.h"

namespace digit {
namespace {

void write_box(JsonWriter& json, const char* name, const Box& box) {
    json.key(name).begin_object();
    json.member("x", box.x).member("y", box.y);
    json.member("width", box.width).member("height", box.height).end_object();
}

}  // namespace

const char* polarity_name(Polarity polarity) {
    return polarity == Polarity::kDarkOnLight ? "dark-on-light" : "light-on-dark";
}

std::string picture_data_uri(const Framed& framed) {
    return data_uri(encode_png(framed.pixels, kInputEdge, kInputEdge, 1));
}

void write_probabilities(JsonWriter& json, const Classification& result) {
    json.key("probabilities").begin_array();
    for (const float p : result.probabilities)
        json.value(std::round(static_cast<double>(p) * 1e6) / 1e6);
    json.end_array();
}

void write_receipt(JsonWriter& json, const Receipt& receipt) {
    const FrameReceipt& frame = receipt.framed.receipt;
    json.begin_object().member("picture", picture_data_uri(receipt.framed));
    json.member("format", format_name(receipt.format));
    json.member("width", receipt.width).member("height", receipt.height);
    json.member("polarity", polarity_name(frame.polarity));
    write_box(json, "crop", frame.crop);
    write_box(json, "ink_box", frame.ink_box);
    json.member("orientation", receipt.orientation).key("warnings").begin_array();
    for (const std::string& warning : frame.warnings) json.value(warning);
    json.end_array().end_object();
}

}  // namespace digit
