// SPDX-License-Identifier: Apache-2.0
// The Open Inference Protocol, version 2, with the binary tensor data extension that Triton's
// clients send: from a request's body to pictures, and from probabilities to an answer. Knows
// nothing of httpd.
// Source: https://github.com/open-inference/open-inference-protocol, and "Binary Tensor Data
// Extension" of Triton Inference Server.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libdigit/model.h"
#include "mod_digit/problem.h"
#include "mod_digit/upload.h"

namespace digit {

inline constexpr std::string_view kModelName = "digit";
inline constexpr std::string_view kModelVersion = "1";

// One input as the JSON tells of it. Its data are here or, if binary_bytes is set, behind the JSON.
struct InputTensor {
    std::string name;
    std::string datatype;
    std::vector<std::uint64_t> shape;
    std::vector<float> numbers;
    std::vector<std::string> strings;
    std::optional<std::uint64_t> binary_bytes;
};

struct RequestedOutput {
    std::string name;
    std::optional<bool> binary;  // else as the whole request says
};

// The JSON of a request.
struct InferenceHeader {
    std::string id;
    std::vector<InputTensor> inputs;
    std::vector<RequestedOutput> outputs;  // none: all
    bool binary_output = false;
};

// Reads the JSON without building it in memory first: numbers go straight into the tensor, and
// what would take more than a few times the JSON's own size, nesting over 16 levels, more than 4
// inputs or 128 strings, is refused. Throws nothing but std::bad_alloc.
std::variant<InferenceHeader, Problem> parse_inference_header(std::string_view json);

// What is to be classified: picture files, or the network's own input.
struct InferenceInput {
    std::vector<std::string> decoded;  // of base64, which `files` may be views into
    std::vector<PictureFile> files;
    std::vector<std::uint8_t> pixels;  // count × 784, ink = 255
    std::size_t count() const {
        return files.empty() ? pixels.size() / kInputPixels : files.size();
    }
};

struct InferenceRequest {
    std::string id;
    std::vector<RequestedOutput> outputs;  // at least one, every name known, `binary` decided
    InferenceInput input;
};

// header_length: the Inference-Header-Content-Length header, empty where there is none. Of "0" the
// whole body is one picture. Views into `body` remain.
std::variant<InferenceRequest, Problem> read_inference_request(std::string_view body,
                                                               std::string_view header_length);

// probabilities: 10 for each of `count` pictures.
struct InferenceAnswer {
    std::string body;
    std::size_t json_bytes;  // the rest is binary
};
InferenceAnswer inference_answer(const InferenceRequest& request,
                                 std::span<const float> probabilities);

// The documents about server and model.
std::string server_metadata();
std::string model_metadata();

}  // namespace digit
