// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libdigit/picture.h"

namespace digit {

// Turns and mirrors the pixels so that `picture.orientation` (EXIF, 1 to 8) is undone; 5 to 8
// exchange width and height. Allocates a second copy of the pixels unless the orientation is 1.
void turn_upright(Picture& picture);

}  // namespace digit
