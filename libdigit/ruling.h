// SPDX-License-Identifier: Apache-2.0
// The lines of ruled and squared paper, where they are as dark as ink.
#pragma once

#include <cstdint>

#include "libdigit/ink.h"

namespace digit {

// Takes the lines out of the plane, in place, and leaves what crosses them whole. There have to be
// two of one direction, from side to side, at most 11° from the plane's rows or columns, with
// nothing joined to them at a side, as the bars of an angular digit are; or two of both directions,
// or four of one. Those along the plane's border do not count. threshold: of ink that belongs to a
// stroke, 2 to 255; a line may be half as strong. sides_tell: the plane is true to the picture
// along its border; else what is joined to lines there is not looked at, and two of one direction
// are not enough. Returns whether there were any, and other ink. Small planes are left alone, whose
// lines are as wide as strokes, and very long ones.
bool erase_ruling(InkPlane& plane, std::uint8_t threshold, bool sides_tell = true);

}  // namespace digit
