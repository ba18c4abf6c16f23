// SPDX-License-Identifier: Apache-2.0
// From the tensors of an inference request to what is classified.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "libdigit/frame.h"
#include "mod_digit/base64.h"
#include "mod_digit/inference.h"
#include "mod_digit/multipart.h"

namespace digit {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

constexpr std::size_t kMaxPictures = MultipartLimits{}.max_parts;

PictureFile as_file(std::string_view bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Problem broken_tensor(const std::string& found) {
    return make_problem(Fault::kBrokenTensor, found);
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
    std::string text;
    for (const std::uint64_t size : shape) text += (text.empty() ? "" : ",") + std::to_string(size);
    return "[" + text + "]";
}

std::string in_bytes(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

// The elements of a BYTES tensor: each is its length in 4 bytes, then its bytes.
std::optional<Problem> split_bytes(std::string_view data, std::size_t count,
                                   std::vector<PictureFile>& files) {
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t size = 0;
        if (data.size() < sizeof size)
            return broken_tensor("image ends before the length of its element " +
                                 std::to_string(i));
        std::memcpy(&size, data.data(), sizeof size);
        data.remove_prefix(sizeof size);
        if (data.size() < size)
            return broken_tensor("element " + std::to_string(i) + " of image announces " +
                                 in_bytes(size) + " and " + std::to_string(data.size()) +
                                 " are left");
        files.push_back(as_file(data.substr(0, size)));
        data.remove_prefix(size);
    }
    if (!data.empty())
        return broken_tensor(in_bytes(data.size()) + " are left behind the " +
                             std::to_string(count) + " elements of image");
    return std::nullopt;
}

std::optional<Problem> read_image(InputTensor& tensor, std::string_view binary,
                                  InferenceInput& input) {
    if (tensor.datatype != "BYTES")
        return broken_tensor("image has the datatype '" + tensor.datatype + "'; it takes BYTES");
    if (tensor.shape.size() != 1 || tensor.shape[0] == 0 || tensor.shape[0] > kMaxPictures)
        return broken_tensor("image has the shape " + shape_text(tensor.shape) +
                             "; it takes [n], n from 1 to " + std::to_string(kMaxPictures));
    const auto count = static_cast<std::size_t>(tensor.shape[0]);
    if (tensor.binary_bytes) return split_bytes(binary, count, input.files);
    if (tensor.strings.size() != count || !tensor.numbers.empty())
        return broken_tensor("image has the shape " + shape_text(tensor.shape) + " and " +
                             std::to_string(tensor.strings.size()) + " strings as its data");
    for (std::string& text : tensor.strings) {
        std::optional<std::string> bytes = base64_decoded(text);
        if (!bytes)
            return broken_tensor("element " + std::to_string(input.decoded.size()) +
                                 " of image is not base64");
        input.decoded.push_back(std::move(*bytes));
        text = {};
    }
    for (const std::string& bytes : input.decoded) input.files.push_back(as_file(bytes));
    return std::nullopt;
}

std::optional<Problem> take_binary_pixels(std::string_view binary, bool bytes, std::size_t wanted,
                                          std::vector<float>& pixels) {
    const std::size_t each = bytes ? 1 : sizeof(float);
    if (binary.size() != wanted * each)
        return broken_tensor("pixels has " + in_bytes(binary.size()) +
                             " of data; its shape needs " + std::to_string(wanted * each));
    pixels.resize(wanted);
    if (bytes)
        std::transform(binary.begin(), binary.end(), pixels.begin(),
                       [](char c) { return static_cast<float>(static_cast<unsigned char>(c)); });
    else
        std::memcpy(pixels.data(), binary.data(), binary.size());
    return std::nullopt;
}

std::optional<Problem> read_pixels(InputTensor& tensor, std::string_view binary,
                                   InferenceInput& input) {
    const bool bytes = tensor.datatype == "UINT8";
    if (!bytes && tensor.datatype != "FP32")
        return broken_tensor("pixels has the datatype '" + tensor.datatype +
                             "'; it takes UINT8 or FP32");
    const std::vector<std::uint64_t>& shape = tensor.shape;
    if (shape.size() != 3 || shape[0] == 0 || shape[1] != kInputEdge || shape[2] != kInputEdge)
        return broken_tensor("pixels has the shape " + shape_text(shape) +
                             "; it takes [n,28,28], n from 1 on");
    // More than any body can hold; keeps what follows from overflowing.
    if (shape[0] > (std::uint64_t{1} << 32))
        return broken_tensor("pixels has the shape " + shape_text(shape) +
                             ", more than a request can hold");
    std::vector<float> numbers;
    const std::size_t wanted = static_cast<std::size_t>(shape[0]) * kInputPixels;
    if (tensor.binary_bytes) {
        if (auto problem = take_binary_pixels(binary, bytes, wanted, numbers)) return problem;
    } else {
        if (tensor.numbers.size() != wanted || !tensor.strings.empty())
            return broken_tensor("pixels has the shape " + shape_text(shape) + " and " +
                                 std::to_string(tensor.numbers.size()) +
                                 " numbers as its data; its shape needs " + std::to_string(wanted));
        numbers = std::move(tensor.numbers);
    }
    const float most = bytes ? 255 : 1;
    input.pixels.reserve(numbers.size());
    for (const float pixel : numbers) {
        if (!(pixel >= 0 && pixel <= most) || (bytes && pixel != std::trunc(pixel)))
            return broken_tensor(bytes ? "pixels holds what is no whole number from 0 to 255, as "
                                         "UINT8 takes it"
                                       : "pixels holds a number outside of 0 to 1, as FP32 takes "
                                         "it; bytes from 0 to 255 are UINT8");
        // The network's input has 256 shades, as a picture's.
        input.pixels.push_back(static_cast<std::uint8_t>(std::lround(pixel * 255 / most)));
    }
    return std::nullopt;
}

// Each input's part of what follows the JSON; the first's, which is the only one in use.
std::variant<std::string_view, Problem> binary_part(const InferenceHeader& header,
                                                    std::string_view rest, bool has_binary) {
    std::uint64_t announced = 0;
    for (const InputTensor& tensor : header.inputs) {
        if (!tensor.binary_bytes) continue;
        if (!has_binary)
            return broken_tensor(tensor.name +
                                 " announces binary data, but the request has no "
                                 "Inference-Header-Content-Length header to tell where they begin");
        if (*tensor.binary_bytes > rest.size() - announced)
            return broken_tensor(tensor.name + " announces " + in_bytes(*tensor.binary_bytes) +
                                 " of binary data and " + std::to_string(rest.size() - announced) +
                                 " are left");
        announced += *tensor.binary_bytes;
    }
    if (announced != rest.size())
        return broken_tensor("the inputs announce " + in_bytes(announced) + " of binary data and " +
                             std::to_string(rest.size()) + " were sent");
    return rest;
}

std::optional<Problem> read_input(InferenceHeader& header, std::string_view binary,
                                  InferenceInput& input) {
    if (header.inputs.size() != 1)
        return broken_tensor("there are " + std::to_string(header.inputs.size()) +
                             " inputs; send one, image or pixels");
    InputTensor& tensor = header.inputs.front();
    if (tensor.binary_bytes && (!tensor.numbers.empty() || !tensor.strings.empty()))
        return broken_tensor(tensor.name + " has data in the JSON and announces binary data too");
    if (tensor.name == "image") return read_image(tensor, binary, input);
    if (tensor.name == "pixels") return read_pixels(tensor, binary, input);
    return broken_tensor("there is no input '" + tensor.name + "'; send image or pixels");
}

std::optional<Problem> choose_outputs(InferenceHeader& header, InferenceRequest& request) {
    request.outputs = std::move(header.outputs);
    if (request.outputs.empty()) request.outputs = {{"digit", {}}, {"probabilities", {}}};
    for (RequestedOutput& output : request.outputs) {
        if (output.name != "digit" && output.name != "probabilities")
            return broken_tensor("there is no output '" + output.name +
                                 "'; there are digit and probabilities");
        output.binary = output.binary.value_or(header.binary_output);
    }
    return std::nullopt;
}

}  // namespace

std::variant<InferenceRequest, Problem> read_inference_request(std::string_view body,
                                                               std::string_view header_length) {
    std::size_t json_bytes = body.size();
    if (!header_length.empty()) {
        const char* end = header_length.data() + header_length.size();
        const auto [stop, error] = std::from_chars(header_length.data(), end, json_bytes);
        if (error != std::errc() || stop != end || json_bytes > body.size())
            return broken_tensor("Inference-Header-Content-Length is no number from 0 to " +
                                 std::to_string(body.size()) + ", the length of the body");
    }
    InferenceRequest request;
    if (json_bytes == 0 && !header_length.empty()) {
        InferenceHeader nothing;
        request.input.files = {as_file(body)};
        if (auto problem = choose_outputs(nothing, request)) return std::move(*problem);
        return request;
    }
    auto parsed = parse_inference_header(body.substr(0, json_bytes));
    if (auto* problem = std::get_if<Problem>(&parsed)) return std::move(*problem);
    auto& header = std::get<InferenceHeader>(parsed);
    const auto binary = binary_part(header, body.substr(json_bytes), !header_length.empty());
    if (const auto* problem = std::get_if<Problem>(&binary)) return *problem;
    if (auto problem = read_input(header, std::get<std::string_view>(binary), request.input))
        return std::move(*problem);
    if (auto problem = choose_outputs(header, request)) return std::move(*problem);
    request.id = std::move(header.id);
    return request;
}

}  // namespace digit
