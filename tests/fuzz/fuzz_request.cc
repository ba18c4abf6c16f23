// SPDX-License-Identifier: Apache-2.0
// Input: a line "METHOD PATH?QUERY ACCEPT", a line with the Content-Type, the body: everything
// that comes from a client, on the way from route to answer that handler.cc goes.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <variant>

#include "libdigit/model.h"
#include "libdigit/network.h"
#include "mod_digit/answer.h"
#include "mod_digit/page.h"
#include "mod_digit/route.h"
#include "mod_digit/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/test_network.h"

namespace digit::fuzz {
namespace {

// A file refused for what it costs: on a slow machine, under sanitizers, the time is over where it
// is not elsewhere.
Limits limits() {
    Limits limits;
    limits.max_cpu_ms = 5000;
    return limits;
}

const Model& model() {
    static const auto model = Model::make(test::random_network({784, 16, 10}, Activation::kRelu));
    require(model.ok(), "there is a model");
    return *model;
}

const Page& page() {
    static const auto page = Page::load(DIGIT_SOURCE_DIR "/www");
    require(std::holds_alternative<Page>(page), "there is a page");
    return std::get<Page>(page);
}

void check_json(const std::vector<Outcome>& outcomes, JsonOptions options) {
    const int status = http_status(outcomes);
    require(status == 200 || status == 400 || status == 413 || status == 415 || status == 422,
            "an upload is answered or refused, not failed on");
    const auto json = nlohmann::json::parse(json_answer(outcomes, options));
    if (status != 200)
        return require(json.at("status") == status &&
                           json.at("message").get<std::string>().starts_with("Error: ") &&
                           !json.at("detail").get<std::string>().empty(),
                       "a refusal says its status and reason");
    require(outcomes.size() == 1 ? json.at("prediction").is_number_integer()
                                 : json.at("predictions").size() == outcomes.size(),
            "there is one answer a picture");
}

void check_answers(const std::vector<Outcome>& outcomes, std::string_view query) {
    require(!outcomes.empty(), "there is an outcome");
    check_json(outcomes, {query_flag(query, "probabilities"), query_flag(query, "explain")});
    require(!text_answer(outcomes).empty(), "there is a sentence");
    const std::string html = page().render({"./", "http://localhost/curl-api", limits()}, outcomes);
    require(html.find("<html") != std::string::npos, "there is a page");
}

}  // namespace
}  // namespace digit::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace digit;
    std::span<const std::uint8_t> input(data, size);
    const std::string first = fuzz::take_line(input);
    const std::string content_type = fuzz::take_line(input);
    std::string_view accept = first;
    const std::string_view method = take_until(accept, ' ');
    std::string_view query = take_until(accept, ' ');
    const std::string_view path = take_until(query, '?');
    // The rest is not for other paths than those that take pictures, but for coverage it is.
    route(method, path, accept);
    if (input.size() > max_body_bytes(content_type, fuzz::limits().max_file_bytes)) return 0;
    static ClassifyScratch scratch;
    fuzz::check_answers(
        classify_upload(content_type, input, fuzz::model(), fuzz::limits(), scratch), query);
    return 0;
}
