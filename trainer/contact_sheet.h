// SPDX-License-Identifier: Apache-2.0
// Many pictures with their framed versions and answers on one sheet, for people who look.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "libdigit/classify.h"
#include "libdigit/picture.h"

namespace digit {

struct SheetEntry {
    std::optional<Picture> picture;  // as decoded; none where it was refused
    std::optional<Classification> result;
    std::optional<int> label;
};

// A PNG with one cell an entry: the picture, what the network saw, the answer with its confidence
// in percent, and where it is wrong the label in red. entries: at least one.
std::vector<std::uint8_t> draw_contact_sheet(const std::vector<SheetEntry>& entries);

}  // namespace digit
