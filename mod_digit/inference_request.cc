// SPDX-License-Identifier: Apache-2.0
// The way of an inference request: body, tensors, network, answer.
#include "mod_digit/inference_request.h"

#include "libdigit/scratch_vector.h"
#include "mod_digit/answer.h"
#include "mod_digit/answering.h"
#include "mod_digit/classifying.h"
#include "mod_digit/inference.h"

namespace digit {
namespace {

constexpr std::string_view kBinaryType = "application/octet-stream";
constexpr char kLengthHeader[] = "Inference-Header-Content-Length";

// A picture in base64 is a third longer; names, shapes and other words get as much as a form's.
std::size_t max_inference_bytes(const Limits& limits) {
    return limits.max_file_bytes + limits.max_file_bytes / 3 + kFormOverheadBytes;
}

// 10 probabilities for each picture, or the refusal of the first that is refused: the protocol
// has no place for an error beside answers.
std::variant<std::vector<float>, Problem> classify_files(Exchange& exchange, const Model& model,
                                                         const InferenceInput& input) {
    std::vector<Outcome> outcomes = classify_pictures(
        input.files, model, exchange.limits(), *exchange.lend_scratch(), exchange.stage_times());
    exchange.end_classification();
    std::vector<float> probabilities;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (auto* problem = std::get_if<Problem>(&outcomes[i])) {
            if (problem->id.empty())
                problem->detail = "Element " + std::to_string(i) + " of image: " + problem->detail;
            return std::move(*problem);
        }
        const auto& all = std::get<Classification>(outcomes[i]).probabilities;
        probabilities.insert(probabilities.end(), all.begin(), all.end());
    }
    note_outcomes(exchange, outcomes);
    return probabilities;
}

std::vector<float> classify_pixels(Exchange& exchange, const Model& model,
                                   const InferenceInput& input) {
    std::vector<float> probabilities(input.count() * kDigits);
    StageWatch watch(exchange.stage_times());
    {
        auto scratch = exchange.lend_scratch();
        const ScratchScope scope((*scratch).block);
        forward(model, input.pixels, input.count(), probabilities);
    }
    watch.ends(&StageTimes::network_ns);
    exchange.end_classification();
    note_probabilities(exchange, probabilities);
    return probabilities;
}

}  // namespace

int infer(Exchange& exchange) {
    const Model* model = exchange.model();
    if (model == nullptr) return refuse_unread(exchange, no_model());
    auto read = exchange.read(max_inference_bytes(exchange.limits()));
    if (auto* problem = std::get_if<Problem>(&read)) return refuse(exchange, std::move(*problem));
    if (const auto* already = std::get_if<AlreadyAnswered>(&read))
        return exchange.finish(already->status);

    auto parsed =
        read_inference_request(std::get<Body>(read).text(), exchange.header(kLengthHeader));
    if (auto* problem = std::get_if<Problem>(&parsed)) return refuse(exchange, std::move(*problem));
    const auto& request = std::get<InferenceRequest>(parsed);

    std::variant<std::vector<float>, Problem> classified;
    if (request.input.files.empty())
        classified = classify_pixels(exchange, *model, request.input);
    else
        classified = classify_files(exchange, *model, request.input);
    if (auto* problem = std::get_if<Problem>(&classified))
        return refuse(exchange, std::move(*problem));

    const InferenceAnswer answer =
        inference_answer(request, std::get<std::vector<float>>(classified));
    exchange.set_header("Cache-Control", "no-store");
    if (answer.json_bytes == answer.body.size())
        return exchange.send(HTTP_OK, kJsonType, answer.body);
    exchange.set_header(kLengthHeader, std::to_string(answer.json_bytes));
    return exchange.send(HTTP_OK, kBinaryType, answer.body);
}

}  // namespace digit
