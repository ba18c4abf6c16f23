// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/problem.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <random>

namespace digit {
namespace {

constexpr std::string_view kSendPicture =
    "Send one picture of a digit as the form field \"myfile\" or as the body of the request.";
constexpr std::string_view kSendLess = "Send a smaller or more strongly compressed picture.";
constexpr std::string_view kSaveAgain = "Save the picture again as PNG, JPEG or GIF.";

const ProblemKind& kind_of(Fault fault) {
    static constexpr ProblemKind kWrongMethod{405, "wrong-method", "Method not allowed",
                                              "Use one of the methods that the Allow header names.",
                                              LogLevel::kInfo};
    static constexpr ProblemKind kUnknownPath{
        404, "unknown-path", "Not found",
        "Pictures are taken by POST to the page itself or to curl-api below it.", LogLevel::kInfo};
    static constexpr ProblemKind kBrokenForm{
        400, "broken-form", "Broken form",
        "Send multipart/form-data as RFC 7578 describes, or the bare picture.", LogLevel::kInfo};
    static constexpr ProblemKind kNoPicture{400, "no-picture", "No picture", kSendPicture,
                                            LogLevel::kInfo};
    static constexpr ProblemKind kBodyTooLarge{413, "too-large", "Too large", kSendLess,
                                               LogLevel::kInfo};
    static constexpr ProblemKind kBrokenBody{400, "broken-body", "Body could not be read",
                                             "Send the request again.", LogLevel::kInfo};
    static constexpr ProblemKind kSlowBody{408, "slow-body", "The picture came too slowly",
                                           "Send it again, or send a smaller picture.",
                                           LogLevel::kInfo};
    static constexpr ProblemKind kModelNotReady{503, "model-not-ready", "No model is ready",
                                                "Try again in a few seconds.", LogLevel::kError};
    static constexpr ProblemKind kBrokenJson{400, "broken-json", "Broken JSON",
                                             "docs/api.md and openapi.json show what is taken.",
                                             LogLevel::kInfo};
    static constexpr ProblemKind kBrokenTensor{
        400, "broken-tensor", "Broken tensor",
        "GET v2/models/digit tells the names, datatypes and shapes.", LogLevel::kInfo};
    static constexpr ProblemKind kFeedbackOff{404, "feedback-off", "Corrections are not taken",
                                              "Nothing was stored.", LogLevel::kInfo};
    static constexpr ProblemKind kFeedbackFull{507, "feedback-full", "No more corrections",
                                               "Nothing was stored.", LogLevel::kInfo};
    static constexpr ProblemKind kNotSameOrigin{403, "not-same-origin", "Not from the page",
                                                "Corrections are taken from the page itself only.",
                                                LogLevel::kInfo};
    static constexpr ProblemKind kNotFramed{
        422, "not-framed", "Not the framed picture",
        "Send receipt.picture of an answer to ?explain=1 as it is.", LogLevel::kInfo};
    static constexpr ProblemKind kInternal{500, "internal", "Internal error", "", LogLevel::kError};
    switch (fault) {
        case Fault::kWrongMethod:
            return kWrongMethod;
        case Fault::kUnknownPath:
            return kUnknownPath;
        case Fault::kBrokenForm:
            return kBrokenForm;
        case Fault::kNoPicture:
            return kNoPicture;
        case Fault::kBodyTooLarge:
            return kBodyTooLarge;
        case Fault::kBrokenBody:
            return kBrokenBody;
        case Fault::kSlowBody:
            return kSlowBody;
        case Fault::kModelNotReady:
            return kModelNotReady;
        case Fault::kBrokenJson:
            return kBrokenJson;
        case Fault::kBrokenTensor:
            return kBrokenTensor;
        case Fault::kFeedbackOff:
            return kFeedbackOff;
        case Fault::kFeedbackFull:
            return kFeedbackFull;
        case Fault::kNotSameOrigin:
            return kNotSameOrigin;
        case Fault::kNotFramed:
            return kNotFramed;
        case Fault::kInternal:
            break;
    }
    return kInternal;
}

const ProblemKind& kind_of(Code code) {
    static constexpr ProblemKind kEmptyFile{400, "empty-file", "Empty file", kSendPicture,
                                            LogLevel::kInfo};
    static constexpr ProblemKind kNotAnImage{
        415, "not-an-image", "Not a PNG, JPEG or GIF",
        "Send a PNG, JPEG or GIF; the content decides, not the name.", LogLevel::kInfo};
    static constexpr ProblemKind kBrokenImage{422, "broken-image", "Broken picture", kSaveAgain,
                                              LogLevel::kInfo};
    static constexpr ProblemKind kTruncatedImage{422, "truncated-image", "Truncated picture",
                                                 "Send the whole file.", LogLevel::kInfo};
    static constexpr ProblemKind kEdgeTooSmall{422, "edge-too-small", "Picture too small",
                                               "Send a larger picture.", LogLevel::kInfo};
    static constexpr ProblemKind kTooManyPixels{422, "too-many-pixels", "Too many pixels",
                                                "Send the picture at a lower resolution.",
                                                LogLevel::kInfo};
    static constexpr ProblemKind kTooExpensive{422, "too-expensive", "Too costly to decode",
                                               kSaveAgain, LogLevel::kInfo};
    static constexpr ProblemKind kBlankImage{
        422, "blank-image", "No digit to be seen",
        "Send a picture in which one digit stands out from its background.", LogLevel::kInfo};
    static constexpr ProblemKind kBusy{503, "busy", "Busy", "Try again in a few seconds.",
                                       LogLevel::kInfo};
    switch (code) {
        case Code::kEmptyFile:
            return kEmptyFile;
        case Code::kFileTooLarge:
            return kind_of(Fault::kBodyTooLarge);
        case Code::kNotAnImage:
            return kNotAnImage;
        case Code::kBrokenImage:
            return kBrokenImage;
        case Code::kTruncatedImage:
            return kTruncatedImage;
        case Code::kEdgeTooSmall:
            return kEdgeTooSmall;
        case Code::kTooManyPixels:
            return kTooManyPixels;
        case Code::kTooExpensive:
            return kTooExpensive;
        case Code::kBlankImage:
            return kBlankImage;
        case Code::kBusy:
            return kBusy;
        default:
            return kind_of(Fault::kInternal);
    }
}

std::string new_id() {
    std::random_device random;
    char id[17];
    std::snprintf(id, sizeof id, "%08x%08x", random(), random());
    return id;
}

Problem tell(const ProblemKind& kind, std::string_view found) {
    Problem problem{&kind, {}, {}, {}};
    if (kind.status == 500) {
        problem.id = new_id();
        problem.log = found;
        problem.detail =
            "The server failed on this request; its log says why under the id " + problem.id + ".";
        return problem;
    }
    problem.detail = found;
    if (!problem.detail.empty())
        problem.detail[0] =
            static_cast<char>(std::toupper(static_cast<unsigned char>(problem.detail[0])));
    problem.detail += '.';
    if (!kind.advice.empty()) problem.detail.append(" ").append(kind.advice);
    return problem;
}

}  // namespace

std::string Problem::type() const {
    return std::string("urn:mod-digit:problem:").append(kind->type);
}

std::span<const std::string_view> problem_types() {
    static constexpr std::array<std::string_view, kProblemTypes> kTypes = {
        "wrong-method",    "unknown-path",  "broken-form",     "no-picture",
        "too-large",       "broken-body",   "slow-body",       "model-not-ready",
        "broken-json",     "broken-tensor", "feedback-off",    "feedback-full",
        "not-same-origin", "not-framed",    "internal",        "empty-file",
        "not-an-image",    "broken-image",  "truncated-image", "edge-too-small",
        "too-many-pixels", "too-expensive", "blank-image",     "busy",
    };
    return kTypes;
}

Problem make_problem(Fault fault, std::string_view found) { return tell(kind_of(fault), found); }

Problem make_problem(const Status& status) {
    std::string found = status.message();
    const ProblemKind& kind = kind_of(status.code);
    if (kind.status == 500) found = std::string(code_name(status.code)).append(": ").append(found);
    return tell(kind, found);
}

}  // namespace digit
