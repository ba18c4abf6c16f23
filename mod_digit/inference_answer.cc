// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "libdigit/frame.h"
#include "mod_digit/inference.h"

namespace digit {
namespace {

// Members in the order of the protocol's documents; numbers as short as tells their 32 bits apart.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool,
                                  std::int64_t, std::uint64_t, float>;

std::vector<std::int64_t> digits_of(std::span<const float> probabilities) {
    std::vector<std::int64_t> digits;
    for (auto p = probabilities.begin(); p != probabilities.end(); p += kDigits)
        digits.push_back(std::max_element(p, p + kDigits) - p);
    return digits;
}

template <class Numbers>
void put_data(const Numbers& numbers, bool binary, Json& output, std::string& behind) {
    if (!binary) {
        output["data"] = Json::array();
        for (const auto number : numbers) output["data"].push_back(number);
        return;
    }
    const std::size_t bytes = numbers.size() * sizeof(numbers[0]);
    output["parameters"] = {{"binary_data_size", bytes}};
    behind.append(reinterpret_cast<const char*>(numbers.data()), bytes);
}

Json tensor(std::string_view name, std::string_view datatype, const Json& shape) {
    return {{"name", name}, {"datatype", datatype}, {"shape", shape}};
}

}  // namespace

InferenceAnswer inference_answer(const InferenceRequest& request,
                                 std::span<const float> probabilities) {
    const std::size_t count = probabilities.size() / kDigits;
    Json answer = {{"model_name", kModelName}, {"model_version", kModelVersion}};
    if (!request.id.empty()) answer["id"] = request.id;
    Json& outputs = answer["outputs"] = Json::array();
    std::string behind;
    for (const RequestedOutput& wanted : request.outputs) {
        const bool binary = wanted.binary.value_or(false);
        if (wanted.name == "digit") {
            outputs.push_back(tensor("digit", "INT64", Json::array({count})));
            put_data(digits_of(probabilities), binary, outputs.back(), behind);
        } else {
            outputs.push_back(tensor("probabilities", "FP32", Json::array({count, kDigits})));
            put_data(probabilities, binary, outputs.back(), behind);
        }
    }
    InferenceAnswer done;
    done.body = answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    done.json_bytes = done.body.size();
    done.body += behind;
    return done;
}

std::string server_metadata() {
    const Json document = {{"name", "mod_digit"},
                           {"version", DIGIT_VERSION},
                           {"extensions", Json::array({"binary_tensor_data"})}};
    return document.dump();
}

std::string model_metadata() {
    const Json document = {
        {"name", kModelName},
        {"versions", Json::array({kModelVersion})},
        {"platform", "mod_digit"},
        // One of the two is sent; pixels may be UINT8 too.
        {"inputs", Json::array({tensor("image", "BYTES", Json::array({-1})),
                                tensor("pixels", "FP32", Json::array({-1, 28, 28}))})},
        {"outputs", Json::array({tensor("digit", "INT64", Json::array({-1})),
                                 tensor("probabilities", "FP32", Json::array({-1, 10}))})},
    };
    return document.dump();
}

}  // namespace digit
