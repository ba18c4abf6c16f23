// SPDX-License-Identifier: Apache-2.0
// The JSON of an inference request, event by event.
#include <nlohmann/json.hpp>

#include "mod_digit/inference.h"
#include "mod_digit/multipart.h"

namespace digit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxInputs = 4;
constexpr std::size_t kMaxOutputs = 8;
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxStrings = MultipartLimits{}.max_parts;  // as many pictures as a form

// Where in the document the parser is. kOther: in something that this server does not use.
enum class Place {
    kRequest,
    kParameters,
    kInputs,
    kInput,
    kInputParameters,
    kShape,
    kData,
    kOutputs,
    kOutput,
    kOutputParameters,
    kOther,
};

// nlohmann's SAX interface. Every event returns whether to go on; `fault` says why not.
class HeaderReader {
  public:
    InferenceHeader header;
    std::string fault;

    bool start_object(std::size_t) {
        if (places_.empty()) return enter(Place::kRequest);
        switch (place()) {
            case Place::kInputs:
                header.inputs.emplace_back();
                return header.inputs.size() <= kMaxInputs ? enter(Place::kInput)
                                                          : fail("there are more than 4 inputs");
            case Place::kOutputs:
                header.outputs.emplace_back();
                return header.outputs.size() <= kMaxOutputs ? enter(Place::kOutput)
                                                            : fail("there are more than 8 outputs");
            case Place::kData:
                return fail("data holds an object; it takes numbers or strings");
            default:
                return go_on_unless_known("an object") && enter(parameters_of(place()));
        }
    }

    bool start_array(std::size_t) {
        if (places_.empty()) return fail("the JSON is an array; an inference request is an object");
        if (place() == Place::kData) return enter(Place::kData);
        if (place() == Place::kRequest && key_ == "inputs") return enter(Place::kInputs);
        if (place() == Place::kRequest && key_ == "outputs") return enter(Place::kOutputs);
        if (place() == Place::kInput && key_ == "shape") return enter(Place::kShape);
        if (place() == Place::kInput && key_ == "data") return enter(Place::kData);
        return go_on_unless_known("an array") && enter(Place::kOther);
    }

    bool end_object() { return leave(); }
    bool end_array() { return leave(); }

    bool key(std::string& name) {
        key_ = name.size() <= kMaxNameBytes ? std::move(name) : std::string();
        return true;
    }

    bool string(std::string& text) {
        if (place() == Place::kData) {
            header.inputs.back().strings.push_back(std::move(text));
            return header.inputs.back().strings.size() <= kMaxStrings ||
                   fail("data holds more than " + std::to_string(kMaxStrings) + " strings");
        }
        std::string* known = known_string();
        if (known == nullptr) return go_on_unless_known("a string");
        *known = std::move(text);
        return known->size() <= kMaxNameBytes ||
               fail(key_ + " has more than " + std::to_string(kMaxNameBytes) + " bytes");
    }

    bool boolean(bool value) {
        if (place() == Place::kParameters && key_ == "binary_data_output")
            header.binary_output = value;
        else if (place() == Place::kOutputParameters && key_ == "binary_data")
            header.outputs.back().binary = value;
        else
            return go_on_unless_known("true or false");
        return true;
    }

    bool number_unsigned(std::uint64_t value) {
        if (place() == Place::kShape) {
            std::vector<std::uint64_t>& shape = header.inputs.back().shape;
            shape.push_back(value);
            return shape.size() <= kMaxRank || fail("a shape has more than 8 dimensions");
        }
        if (place() == Place::kInputParameters && key_ == "binary_data_size") {
            header.inputs.back().binary_bytes = value;
            return true;
        }
        return take_number(static_cast<float>(value), "a number");
    }
    bool number_integer(std::int64_t value) {
        return take_number(static_cast<float>(value), "a negative number");
    }
    bool number_float(double value, const std::string&) {
        return take_number(static_cast<float>(value), "a fraction");
    }
    bool null() { return go_on_unless_known("null"); }
    // Unreachable by a test: it is of formats other than JSON's text.
    bool binary(Json::binary_t&) { return fail("the JSON holds what is no JSON"); }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
        return fail("the JSON is broken at byte " + std::to_string(position));
    }

  private:
    Place place() const { return places_.empty() ? Place::kOther : places_.back(); }

    static Place parameters_of(Place place) {
        switch (place) {
            case Place::kRequest:
                return Place::kParameters;
            case Place::kInput:
                return Place::kInputParameters;
            case Place::kOutput:
                return Place::kOutputParameters;
            default:
                return Place::kOther;
        }
    }

    bool enter(Place place) {
        const bool parameters = place == Place::kParameters || place == Place::kInputParameters ||
                                place == Place::kOutputParameters;
        places_.push_back(parameters && key_ != "parameters" ? Place::kOther : place);
        return places_.size() <= kMaxDepth ||
               fail("the JSON is nested over " + std::to_string(kMaxDepth) + " levels");
    }

    bool leave() {
        places_.pop_back();
        return true;
    }

    std::string* known_string() {
        if (place() == Place::kRequest && key_ == "id") return &header.id;
        if (place() == Place::kInput && key_ == "name") return &header.inputs.back().name;
        if (place() == Place::kInput && key_ == "datatype") return &header.inputs.back().datatype;
        if (place() == Place::kOutput && key_ == "name") return &header.outputs.back().name;
        return nullptr;
    }

    bool take_number(float value, const char* found) {
        if (place() != Place::kData) return go_on_unless_known(found);
        header.inputs.back().numbers.push_back(value);
        return true;
    }

    // Of a value whose kind does not fit: goes on where this server does not use the place.
    bool go_on_unless_known(const char* found) {
        switch (place()) {
            case Place::kRequest:
                if (key_ == "inputs" || key_ == "outputs") return wrong(found, "an array");
                return key_ != "id" || wrong(found, "a string");
            case Place::kInput:
                if (key_ == "shape" || key_ == "data") return wrong(found, "an array");
                return (key_ != "name" && key_ != "datatype") || wrong(found, "a string");
            case Place::kOutput:
                return key_ != "name" || wrong(found, "a string");
            case Place::kInputs:
            case Place::kOutputs:
                return fail(std::string("among the tensors is ") + found +
                            "; each is an object with a name");
            case Place::kShape:
                return fail(std::string("a shape holds ") + found + "; it takes whole numbers");
            case Place::kData:
                return fail(std::string("data holds ") + found + "; it takes numbers or strings");
            case Place::kInputParameters:
                return key_ != "binary_data_size" || wrong(found, "a number of bytes");
            case Place::kOutputParameters:
                return key_ != "binary_data" || wrong(found, "true or false");
            case Place::kParameters:
                return key_ != "binary_data_output" || wrong(found, "true or false");
            case Place::kOther:
                break;
        }
        return !places_.empty() ||
               fail(std::string("the JSON is ") + found + "; an inference request is an object");
    }

    bool wrong(const char* found, const char* wanted) {
        return fail(key_ + " is " + found + "; it has to be " + wanted);
    }

    bool fail(std::string sentence) {
        if (fault.empty()) fault = std::move(sentence);
        return false;
    }

    std::vector<Place> places_;
    std::string key_;
};

}  // namespace

std::variant<InferenceHeader, Problem> parse_inference_header(std::string_view json) {
    HeaderReader reader;
    if (!Json::sax_parse(json.begin(), json.end(), &reader))
        return make_problem(Fault::kBrokenJson, reader.fault);
    return std::move(reader.header);
}

}  // namespace digit
