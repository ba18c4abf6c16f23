// SPDX-License-Identifier: Apache-2.0
// Lists of labelled pictures: CSV with the columns "path" and "label".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libdigit/status.h"

namespace digit {

struct LabelledPath {
    std::string path;  // as the file says
    int label = 0;     // 0 to 9
};

// text: RFC 4180, with a header line; other columns are ignored, and so is an empty line.
// where: named in refusals. Errors: kIo (a column is missing, a line has too few fields, a label
// is no digit, a quote does not end, no picture at all).
Result<std::vector<LabelledPath>> parse_labels(std::string_view text, const std::string& where);

Result<std::vector<LabelledPath>> read_labels(const std::string& path);

}  // namespace digit
