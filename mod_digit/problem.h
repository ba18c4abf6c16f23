// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with a request, and how it is told: the one table from a reason to
// an HTTP status, a problem type (RFC 9457), a title, advice and a log level.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libdigit/status.h"

namespace digit {

// What the module itself refuses; what the core refuses has a Code.
enum class Fault {
    kWrongMethod,
    kUnknownPath,
    kBrokenForm,  // not the multipart/form-data that the request says it is
    kNoPicture,   // a form without the field, a request without a body
    kBodyTooLarge,
    kBrokenBody,  // the connection or the chunks broke while the body was read
    kSlowBody,
    kModelNotReady,
    kBrokenJson,     // not JSON, or not in the shape that the call takes
    kBrokenTensor,   // an inference request whose tensors do not fit data, shape or model
    kFeedbackOff,    // corrections are not taken here,
    kFeedbackFull,   // or no more of them,
    kNotSameOrigin,  // or not from other pages
    kNotFramed,      // a correction whose picture is not 28×28
    kInternal,
};

enum class LogLevel { kInfo, kError };

struct ProblemKind {
    int status;
    std::string_view type;    // the last part of the URN, in API documents and metrics
    std::string_view title;   // the same for every problem of this kind
    std::string_view advice;  // what to do, one sentence with its full stop; may be empty
    LogLevel level;           // the client's fault is kInfo, ours kError
};

// One thing that went wrong, ready to be told. Never holds bytes of an upload nor its names.
struct Problem {
    const ProblemKind* kind;
    std::string detail;  // for the client: what was found, what the limit is, what to do
    std::string log;     // for the log where it knows more than the client may; else empty
    std::string id;      // of our own faults: the same in the answer and in the log; else empty

    // "urn:mod-digit:problem:blank-image"
    std::string type() const;
    // "Error: …", the sentence that every kind of client is shown.
    std::string message() const { return "Error: " + detail; }
};

// found: one sentence without its full stop. Of a fault of ours (status 500) the client is told an
// id only, and `found` goes to the log.
Problem make_problem(Fault fault, std::string_view found);

// The last part of every problem's type, in no particular order: the reasons that are counted.
inline constexpr std::size_t kProblemTypes = 24;
std::span<const std::string_view> problem_types();

// The core's refusal of a picture.
Problem make_problem(const Status& status);

}  // namespace digit
