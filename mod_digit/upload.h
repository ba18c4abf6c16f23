// SPDX-License-Identifier: Apache-2.0
// From a request's body to what is told of its pictures. Knows nothing of httpd.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "libdigit/classify.h"
#include "mod_digit/problem.h"

namespace digit {

// What one picture came to, or why the whole request came to nothing.
using Outcome = std::variant<Classification, Problem>;

// The form field of the original service.
inline constexpr std::string_view kPictureField = "myfile";

// A form may be this much larger than the one file it carries.
inline constexpr std::size_t kFormOverheadBytes = 64 * 1024;

// How many bytes of body a request of this Content-Type may have.
std::size_t max_body_bytes(std::string_view content_type, std::size_t max_file_bytes);

using PictureFile = std::span<const std::uint8_t>;

// The picture files in a body, at least one, as views into it: the myfile parts of a form, or the
// body itself. A body that is a picture by content is taken as one whatever the Content-Type says.
std::variant<std::vector<PictureFile>, Problem> find_pictures(std::string_view content_type,
                                                              std::span<const std::uint8_t> body);

// Classifies pictures with one forward pass: one outcome a picture, in order. Thread-safe with a
// scratch of one's own.
std::vector<Outcome> classify_pictures(std::span<const PictureFile> files, const Model& model,
                                       const Limits& limits, ClassifyScratch& scratch,
                                       StageTimes* times = nullptr);

// Classifies every picture of a body with one forward pass: one outcome a picture, in order, or a
// single problem where there is no picture to be had. Thread-safe with a scratch of one's own.
std::vector<Outcome> classify_upload(std::string_view content_type,
                                     std::span<const std::uint8_t> body, const Model& model,
                                     const Limits& limits, ClassifyScratch& scratch,
                                     StageTimes* times = nullptr);

}  // namespace digit
