// SPDX-License-Identifier: Apache-2.0
// A sheet of paper that does not fill the picture.
#pragma once

#include <optional>

#include "libdigit/components.h"
#include "libdigit/frame.h"
#include "libdigit/ink.h"
#include "libdigit/picture.h"

namespace digit {

// A sheet that lies somewhere on a table, straight or not, and covers most of the picture; in
// pixels of the plane. components: of the reading's plane, whose ink the sheet is; what is on it,
// or ruled, may have cut it into pieces. Always empty for clean readings, small planes and very
// large ones.
std::optional<Box> sheet_on_table(const InkReading& reading, const Components& components);

// box: in pixels of the picture, within it.
Picture cut_out(const Picture& picture, const Box& box);

}  // namespace digit
