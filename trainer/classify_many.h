// SPDX-License-Identifier: Apache-2.0
// Many pictures through the whole way of one request, on all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "libdigit/classify.h"
#include "trainer/team.h"

namespace digit {

using FileBytes = std::vector<std::uint8_t>;

// A picture file, as far as the limits let it be of use. Errors: kIo, kFileTooLarge.
Result<FileBytes> read_picture_file(const std::string& path, const Limits& limits);

// load(i): the bytes of the i-th picture; called by several threads at a time. The results are in
// order, whichever thread found them.
std::vector<Result<Classification>> classify_many(
    std::size_t count, const std::function<Result<FileBytes>(std::size_t)>& load,
    const Model& model, const Limits& limits, Team& team);

}  // namespace digit
