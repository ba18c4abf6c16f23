// SPDX-License-Identifier: Apache-2.0
#include "libdigit/receipt_json.h"

#include "libdigit/png_writer.h"

namespace digit {
namespace {

using Json = nlohmann::ordered_json;

Json box_object(const Box& box) {
    return {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}};
}

}  // namespace

const char* polarity_name(Polarity polarity) {
    return polarity == Polarity::kDarkOnLight ? "dark-on-light" : "light-on-dark";
}

std::string picture_data_uri(const Framed& framed) {
    return data_uri(encode_png(framed.pixels, kInputEdge, kInputEdge, 1));
}

nlohmann::ordered_json receipt_json(const Receipt& receipt) {
    const FrameReceipt& frame = receipt.framed.receipt;
    return {
        {"picture", picture_data_uri(receipt.framed)},
        {"format", format_name(receipt.format)},
        {"width", receipt.width},
        {"height", receipt.height},
        {"polarity", polarity_name(frame.polarity)},
        {"crop", box_object(frame.crop)},
        {"ink_box", box_object(frame.ink_box)},
        {"orientation", receipt.orientation},
        {"warnings", frame.warnings},
    };
}

}  // namespace digit
