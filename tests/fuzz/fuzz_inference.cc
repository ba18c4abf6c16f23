// SPDX-License-Identifier: Apache-2.0
// Input: the Inference-Header-Content-Length header, a line feed, the body of a request of the Open
// Inference Protocol: JSON, and tensors behind it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "libdigit/classify.h"
#include "libdigit/network.h"
#include "mod_digit/inference.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/test_network.h"

namespace digit::fuzz {
namespace {

const Model& model() {
    static const auto model = Model::make(test::random_network({784, 4, 10}, Activation::kRelu));
    require(model.ok(), "there is a model");
    return *model;
}

void check_refusal(const Problem& problem) {
    require(problem.kind->status == 400, "a request is refused, not failed on");
    require(!problem.detail.empty(), "a refusal has its reason");
}

bool lies_in(PictureFile file, std::string_view whole) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(whole.data());
    return file.data() >= begin && file.data() + file.size() <= begin + whole.size();
}

void check_input(const InferenceInput& input, std::string_view body) {
    require(input.count() > 0, "there is a picture");
    require(input.files.empty() || input.pixels.empty(), "a picture is a file or its pixels");
    require(input.pixels.size() == (input.files.empty() ? input.count() * kInputPixels : 0),
            "pixels are whole pictures");
    // "0," is the least that a pixel takes in JSON.
    require(input.pixels.size() <= body.size(), "pixels were sent");
    for (const PictureFile file : input.files)
        require(lies_in(file, body) ||
                    std::any_of(input.decoded.begin(), input.decoded.end(),
                                [&](const std::string& text) { return lies_in(file, text); }),
                "a file is a view of what was sent or decoded");
}

// Ten for each picture: the network's, or 0 for files, which fuzz_request has decoded.
std::vector<float> probabilities_of(const InferenceInput& input) {
    std::vector<float> probabilities(input.count() * kDigits);
    if (!input.pixels.empty()) forward(model(), input.pixels, input.count(), probabilities);
    return probabilities;
}

void check_answer(const InferenceRequest& request) {
    const InferenceAnswer answer = inference_answer(request, probabilities_of(request.input));
    require(answer.json_bytes <= answer.body.size(), "the JSON is within the answer");
    const auto json = nlohmann::json::parse(answer.body.substr(0, answer.json_bytes));
    require(json.at("outputs").size() == request.outputs.size(), "every output is there");
    std::size_t behind = 0;
    for (const auto& output : json.at("outputs")) {
        std::size_t wanted = 1;
        for (const auto& edge : output.at("shape")) wanted *= edge.get<std::size_t>();
        if (output.contains("data")) {
            require(output.at("data").size() == wanted, "the data have their shape");
            continue;
        }
        const std::size_t bytes = output.at("parameters").at("binary_data_size");
        require(bytes == wanted * (output.at("datatype") == "INT64" ? 8 : 4),
                "the binary data have their shape");
        behind += bytes;
    }
    require(answer.json_bytes + behind == answer.body.size(), "the binary data are announced");
}

}  // namespace
}  // namespace digit::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace digit;
    std::span<const std::uint8_t> input(data, size);
    const std::string header_length = fuzz::take_line(input);
    const std::string_view body = fuzz::as_text(input);
    const auto read = read_inference_request(body, header_length);
    if (const auto* problem = std::get_if<Problem>(&read)) {
        fuzz::check_refusal(*problem);
        return 0;
    }
    const auto& request = std::get<InferenceRequest>(read);
    fuzz::check_input(request.input, body);
    fuzz::check_answer(request);
    return 0;
}
