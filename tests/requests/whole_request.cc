// SPDX-License-Identifier: Apache-2.0
#include "tests/requests/whole_request.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "libdigit/classify.h"
#include "libdigit/receipt_json.h"
#include "libdigit/scratch_vector.h"
#include "mod_digit/answer.h"
#include "mod_digit/correction.h"
#include "mod_digit/inference.h"
#include "mod_digit/route.h"
#include "mod_digit/text.h"

namespace digit::test {
namespace {

namespace fs = std::filesystem;

std::string take_line(std::string& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = text.substr(0, end);
    text.erase(0, end + 1);
    return line;
}

PictureFile bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Answer refusal(const Problem& problem) {
    std::vector<Outcome> outcomes(1, problem);
    return {problem.kind->status, json_answer(outcomes, {}), problem.log};
}

Answer answer_upload(const WholeRequest& request, const Site& site, ClassifyScratch& scratch) {
    std::string_view accept = request.first_line;
    const std::string_view method = take_until(accept, ' ');
    std::string_view query = take_until(accept, ' ');
    const std::string_view path = take_until(query, '?');
    const std::vector<Outcome> outcomes =
        classify_upload(request.header, bytes_of(request.body), site.model, site.limits, scratch);
    Answer answer{http_status(outcomes), {}, {}};
    for (const Outcome& outcome : outcomes)
        if (const auto* problem = std::get_if<Problem>(&outcome); problem && answer.log.empty())
            answer.log = problem->log;
    switch (route(method, path, accept).format) {
        case Format::kHtml:
            answer.body =
                site.page.render({"./", "http://localhost/curl-api", site.limits}, outcomes);
            break;
        case Format::kText:
            answer.body = text_answer(outcomes);
            break;
        case Format::kJson:
            answer.body = json_answer(
                outcomes, {query_flag(query, "probabilities"), query_flag(query, "explain")});
            break;
    }
    return answer;
}

Answer answer_inference(const WholeRequest& request, const Site& site, ClassifyScratch& scratch) {
    const auto read = read_inference_request(request.body, request.header);
    if (const auto* problem = std::get_if<Problem>(&read)) return refusal(*problem);
    const auto& inference = std::get<InferenceRequest>(read);
    std::vector<float> probabilities;
    if (inference.input.files.empty()) {
        probabilities.resize(inference.input.count() * kDigits);
        const ScratchScope scope(scratch.block);
        forward(site.model, inference.input.pixels, inference.input.count(), probabilities);
    }
    for (const Outcome& outcome :
         classify_pictures(inference.input.files, site.model, site.limits, scratch)) {
        if (const auto* problem = std::get_if<Problem>(&outcome)) return refusal(*problem);
        const auto& all = std::get<Classification>(outcome).probabilities;
        probabilities.insert(probabilities.end(), all.begin(), all.end());
    }
    return {200, inference_answer(inference, probabilities).body, {}};
}

Answer answer_correction(const WholeRequest& request) {
    const auto read = parse_correction(request.body);
    if (const auto* problem = std::get_if<Problem>(&read)) return refusal(*problem);
    return {201, std::to_string(std::get<Correction>(read).digit), {}};
}

}  // namespace

WholeRequest request_of_file(Kind kind, const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    WholeRequest request;
    request.name = file.parent_path().filename() / file.filename();
    request.kind = kind;
    request.body.assign(std::istreambuf_iterator<char>(stream), {});
    if (kind == Kind::kUpload) request.first_line = take_line(request.body);
    request.header = take_line(request.body);
    return request;
}

std::vector<WholeRequest> seed_requests(const fs::path& source) {
    std::vector<WholeRequest> requests;
    for (const auto& [kind, folder] :
         {std::pair{Kind::kUpload, "request"}, {Kind::kInference, "inference"}})
        for (const auto& entry : fs::directory_iterator(source / "tests/fuzz/corpus" / folder))
            requests.push_back(request_of_file(kind, entry.path()));
    std::sort(requests.begin(), requests.end(),
              [](const WholeRequest& a, const WholeRequest& b) { return a.name < b.name; });
    return requests;
}

WholeRequest form_of(const std::string& name, std::string_view file) {
    WholeRequest request;
    request.name = name;
    request.first_line = "POST /curl-api?explain=1 */*";
    request.header = "multipart/form-data; boundary=----XbX";
    request.body =
        "------XbX\r\nContent-Disposition: form-data; name=\"myfile\"; "
        "filename=\"picture\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    request.body.append(file).append("\r\n------XbX--\r\n");
    return request;
}

WholeRequest correction() {
    WholeRequest request;
    request.name = "correction";
    request.kind = Kind::kCorrection;
    Framed framed;
    for (std::size_t y = 4; y < 24; ++y) framed.pixels[y * kInputEdge + 14] = 255;
    request.body = R"({"digit":7,"picture":")" + picture_data_uri(framed) + R"("})";
    return request;
}

Answer answer_of(const WholeRequest& request, const Site& site, ClassifyScratch& scratch) {
    switch (request.kind) {
        case Kind::kInference:
            return answer_inference(request, site, scratch);
        case Kind::kCorrection:
            return answer_correction(request);
        case Kind::kUpload:
            break;
    }
    return answer_upload(request, site, scratch);
}

}  // namespace digit::test
