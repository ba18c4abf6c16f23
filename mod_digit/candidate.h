// SPDX-License-Identifier: Apache-2.0
// A network that may serve: read, verified and tried on the golden pictures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "libdigit/model.h"
#include "libdigit/pages.h"
#include "mod_digit/read_ahead.h"
#include "mod_digit/store.h"

namespace digit {

struct Candidate {
    Model model;
    Pages file;  // the bytes that it was made of
    int golden_right = 0;
};

// Of the weights file at `path`. The fault is a sentence for the log.
std::variant<Candidate, LoadFault> load_candidate(const std::string& path,
                                                  std::uint64_t min_golden);

// From the first of a start's two readings to the second.
ReadAhead read_ahead_of(const std::string& path, Candidate candidate);

// Nothing where it may not serve, so that the file has to be loaded.
std::optional<Candidate> candidate_of(ReadAhead ahead, std::uint64_t min_golden);

}  // namespace digit
