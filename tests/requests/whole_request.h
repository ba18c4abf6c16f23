// SPDX-License-Identifier: Apache-2.0
// A request as one file holds it, and the way from it to its answer that handler.cc goes, without
// httpd: what is checked for its behaviour when memory fails, under many threads, and for its cost.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "libdigit/classify.h"
#include "libdigit/limits.h"
#include "libdigit/model.h"
#include "mod_digit/page.h"

namespace digit::test {

enum class Kind { kUpload, kInference, kCorrection };

// A file of tests/fuzz/corpus/request: a line "METHOD PATH?QUERY ACCEPT", a line with the
// Content-Type, the body; or of tests/fuzz/corpus/inference: a line with the
// Inference-Header-Content-Length, the body. Of a correction there is the body alone.
struct WholeRequest {
    std::string name;
    Kind kind = Kind::kUpload;
    std::string first_line;  // of an upload
    std::string header;      // Content-Type, or Inference-Header-Content-Length
    std::string body;
};

// What serves it.
struct Site {
    const Model& model;
    const Page& page;
    Limits limits;
};

struct Answer {
    int status = 0;
    std::string body;
    std::string log;  // why, where the status is 500
};

WholeRequest request_of_file(Kind kind, const std::filesystem::path& file);

// All seeds of both kinds, in the order of their names. source: the project's folder.
std::vector<WholeRequest> seed_requests(const std::filesystem::path& source);

// The small form that a browser sends for `file`.
WholeRequest form_of(const std::string& name, std::string_view file);

// The page's "it was a 7" for a framed picture of one stroke.
WholeRequest correction();

// Throws nothing but std::bad_alloc, which handler.cc's guard turns into a 500.
Answer answer_of(const WholeRequest& request, const Site& site, ClassifyScratch& scratch);

}  // namespace digit::test
