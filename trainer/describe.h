// SPDX-License-Identifier: Apache-2.0
// Answers of digit-classify in words and in JSON.
#pragma once

#include <string>

#include "libdigit/classify.h"

namespace digit {

// "path<TAB>7<TAB>0.9987\n"
std::string plain_line(const std::string& path, const Classification& result);

// What was seen and done, in indented lines, with the 28×28 picture in characters.
std::string plain_receipt(const Classification& result);

// One line of JSON: path, prediction, confidence; with `explain` also probabilities and the
// receipt, the members of which are those of the HTTP interface.
std::string json_line(const std::string& path, const Classification& result, bool explain);
std::string json_line(const std::string& path, const Status& refusal);

// What a weights file says of itself.
std::string plain_inspection(const NetworkParameters& network);
std::string json_inspection(const NetworkParameters& network);

}  // namespace digit
