// SPDX-License-Identifier: Apache-2.0
// The lines of ruled and squared paper, where they are as dark as ink.
#pragma once

#include <cstdint>

#include "libdigit/ink.h"

namespace digit {

// Takes the lines out of the plane, in place, where at least two of one direction run through the
// picture from side to side; what crosses them stays whole. threshold: of ink that belongs to a
// line, 1 to 255. Returns whether there were any. Small planes are left alone: their lines are as
// wide as strokes.
bool erase_ruling(InkPlane& plane, std::uint8_t threshold);

}  // namespace digit
