// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/upload.h"

#include "libdigit/decode.h"
#include "libdigit/kept_blocks.h"
#include "mod_digit/multipart.h"

namespace digit {
namespace {

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

PictureFile as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class AsOutcomes final : public ClassificationSink {
  public:
    explicit AsOutcomes(std::vector<Outcome>& outcomes) : outcomes_(outcomes) {}
    Classification& add() override {
        return std::get<Classification>(outcomes_.emplace_back(std::in_place_type<Classification>));
    }
    void refuse(const Status& status) override { outcomes_.emplace_back(make_problem(status)); }

  private:
    std::vector<Outcome>& outcomes_;
};

}  // namespace

std::size_t max_body_bytes(std::string_view content_type, std::size_t max_file_bytes) {
    return max_file_bytes + (is_form_data(content_type) ? kFormOverheadBytes : 0);
}

std::variant<std::vector<PictureFile>, Problem> find_pictures(std::string_view content_type,
                                                              std::span<const std::uint8_t> body) {
    if (body.empty()) return make_problem(Fault::kNoPicture, "the request has no body");
    if (!is_form_data(content_type) || sniff_format(body)) return std::vector<PictureFile>{body};

    const auto boundary = multipart_boundary(content_type);
    if (const auto* fault = std::get_if<MultipartFault>(&boundary))
        return make_problem(Fault::kBrokenForm, fault->detail);
    const auto parts =
        parse_multipart(as_text(body), std::get<std::string_view>(boundary), MultipartLimits{});
    if (const auto* fault = std::get_if<MultipartFault>(&parts))
        return make_problem(Fault::kBrokenForm, fault->detail);

    std::vector<PictureFile> files;
    for (const Part& part : std::get<std::vector<Part>>(parts))
        if (part.name == kPictureField) files.push_back(as_bytes(part.content));
    if (files.empty())
        return make_problem(Fault::kNoPicture, "the form has no field named \"myfile\"");
    return files;
}

std::vector<Outcome> classify_upload(std::string_view content_type,
                                     std::span<const std::uint8_t> body, const Model& model,
                                     const Limits& limits, ClassifyScratch& scratch,
                                     StageTimes* times) {
    auto found = find_pictures(content_type, body);
    if (auto* problem = std::get_if<Problem>(&found)) {
        std::vector<Outcome> outcomes;
        outcomes.emplace_back(std::move(*problem));
        return outcomes;
    }
    return classify_pictures(std::get<std::vector<PictureFile>>(found), model, limits, scratch,
                             times);
}

std::vector<Outcome> classify_pictures(std::span<const PictureFile> files, const Model& model,
                                       const Limits& limits, ClassifyScratch& scratch,
                                       StageTimes* times) {
    std::vector<Outcome> outcomes;
    reserve_handed_on(outcomes, files.size());
    AsOutcomes sink(outcomes);
    classify(files, model, limits, scratch, sink, times);
    return outcomes;
}

}  // namespace digit
