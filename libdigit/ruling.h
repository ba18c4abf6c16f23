// SPDX-License-Identifier: Apache-2.0
// The lines of ruled and squared paper, where they are as dark as ink.
#pragma once

#include <cstdint>

#include "libdigit/ink.h"

namespace digit {

// Takes the lines out of the plane, in place, where at least two of one direction run through the
// picture from side to side, at most 11° from its rows or columns, and not just along its border;
// nothing that is joined to them at a side, and what crosses them stays whole. threshold: of ink
// that belongs to a stroke, 2 to 255; a line may be half as strong. Returns whether there were any.
// Small planes are left alone: their lines are as wide as strokes.
bool erase_ruling(InkPlane& plane, std::uint8_t threshold, bool sides_tell = true);

}  // namespace digit
