// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <initializer_list>

#include "libdigit/frame.h"
#include "libdigit/json_writer.h"
#include "mod_digit/inference.h"

namespace digit {
namespace {

std::vector<std::int64_t> digits_of(std::span<const float> probabilities) {
    std::vector<std::int64_t> digits;
    for (auto p = probabilities.begin(); p != probabilities.end(); p += kDigits)
        digits.push_back(std::max_element(p, p + kDigits) - p);
    return digits;
}

// Members in the order of the protocol's documents; numbers as short as tells their 32 bits apart.
template <class Numbers>
void write_data(JsonWriter& json, const Numbers& numbers, bool binary, std::string& behind) {
    if (!binary) {
        json.key("data").begin_array();
        for (const auto number : numbers) json.value(number);
        json.end_array();
        return;
    }
    const std::size_t bytes = numbers.size() * sizeof(numbers[0]);
    json.key("parameters").begin_object().member("binary_data_size", bytes).end_object();
    behind.append(reinterpret_cast<const char*>(numbers.data()), bytes);
}

// Leaves the tensor's object open.
JsonWriter& begin_tensor(JsonWriter& json, std::string_view name, std::string_view datatype,
                         std::initializer_list<std::int64_t> shape) {
    json.begin_object().member("name", name).member("datatype", datatype);
    json.key("shape").begin_array();
    for (const std::int64_t size : shape) json.value(size);
    return json.end_array();
}

}  // namespace

InferenceAnswer inference_answer(const InferenceRequest& request,
                                 std::span<const float> probabilities) {
    const auto count = static_cast<std::int64_t>(probabilities.size() / kDigits);
    JsonWriter json;
    json.begin_object().member("model_name", kModelName).member("model_version", kModelVersion);
    if (!request.id.empty()) json.member("id", request.id);
    json.key("outputs").begin_array();
    std::string behind;
    for (const RequestedOutput& wanted : request.outputs) {
        const bool binary = wanted.binary.value_or(false);
        if (wanted.name == "digit") {
            begin_tensor(json, "digit", "INT64", {count});
            write_data(json, digits_of(probabilities), binary, behind);
        } else {
            begin_tensor(json, "probabilities", "FP32", {count, kDigits});
            write_data(json, probabilities, binary, behind);
        }
        json.end_object();
    }
    json.end_array().end_object();
    InferenceAnswer done;
    done.body = json.take();
    done.json_bytes = done.body.size();
    done.body += behind;
    return done;
}

std::string server_metadata() {
    JsonWriter json;
    json.begin_object().member("name", "mod_digit").member("version", DIGIT_VERSION);
    json.key("extensions").begin_array().value("binary_tensor_data").end_array();
    return json.end_object().take();
}

std::string model_metadata() {
    JsonWriter json;
    json.begin_object().member("name", kModelName);
    json.key("versions").begin_array().value(kModelVersion).end_array();
    json.member("platform", "mod_digit").key("inputs").begin_array();
    // One of the two is sent; pixels may be UINT8 too.
    begin_tensor(json, "image", "BYTES", {-1}).end_object();
    begin_tensor(json, "pixels", "FP32", {-1, 28, 28}).end_object();
    json.end_array().key("outputs").begin_array();
    begin_tensor(json, "digit", "INT64", {-1}).end_object();
    begin_tensor(json, "probabilities", "FP32", {-1, 10}).end_object();
    return json.end_array().end_object().take();
}

}  // namespace digit
