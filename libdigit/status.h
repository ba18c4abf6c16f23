// SPDX-License-Identifier: Apache-2.0
// Errors of the core are values: a code for programs, a place and a detail for people.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace digit {

// Every way in which the core can refuse. One table in the module turns a code into an HTTP
// status, a problem type and a log level; one in the tools turns it into an exit status.
enum class Code {
    kOk,
    // What a caller sent.
    kEmptyFile,       // no bytes at all
    kFileTooLarge,    // more bytes than Limits::max_file_bytes
    kNotAnImage,      // neither PNG, JPEG nor GIF by content
    kBrokenImage,     // the right format, but its decoder refused it
    kTruncatedImage,  // the right format, but the file ends too early
    kEdgeTooSmall,    // an edge under Limits::min_edge
    kTooManyPixels,   // more pixels, or a longer edge, than the limits allow
    kTooExpensive,    // valid so far, but over the memory or time one picture may cost
    kBlankImage,      // nothing in it that could be a digit
    kBusy,            // too many large pictures are being decoded already; try again
    // Weights files.
    kWeightsTruncated,
    kWeightsHeader,    // header too long, not JSON, not an object, duplicate keys
    kWeightsLayout,    // offsets overlap, leave holes, run out of the file or overflow
    kWeightsTensor,    // a tensor is missing, or has the wrong dtype or shape
    kWeightsChain,     // layers do not fit each other, the input or the ten outputs
    kWeightsValue,     // NaN or infinity
    kWeightsDigest,    // tensor bytes do not have the digest that the metadata state
    kWeightsMetadata,  // metadata that the network needs are missing or unknown
    // The machine.
    kIo,
    kOutOfMemory,
    kInternal,
};

// The code's name without the k, for logs, metrics and tests: "NotAnImage".
std::string_view code_name(Code code);

// where: what was being read or done ("PNG", "layers.0.weight"); empty when obvious.
// detail: one sentence without its full stop that says what was found and what the limit is.
// Never holds bytes of an upload.
struct [[nodiscard]] Status {
    Code code = Code::kOk;
    std::string where;
    std::string detail;

    bool ok() const { return code == Code::kOk; }
    // "PNG: the file ends after 12 bytes"
    std::string message() const { return where.empty() ? detail : where + ": " + detail; }
};

// A value or the reason why there is none.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}
    Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }
    // A value made where it stays, for large ones.
    template <class... Arguments>
    explicit Result(std::in_place_t, Arguments&&... arguments)
        : value_(std::in_place, std::forward<Arguments>(arguments)...) {}

    bool ok() const { return value_.has_value(); }
    explicit operator bool() const { return ok(); }
    // Only when ok().
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }
    // Its code is kOk when there is a value.
    const Status& status() const { return status_; }

  private:
    Status status_;
    std::optional<T> value_;
};

}  // namespace digit
