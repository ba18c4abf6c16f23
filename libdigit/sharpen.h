// SPDX-License-Identifier: Apache-2.0
// Small print out of focus: its edges made steeper, before holes drown in ink.
#pragma once

#include <cstdint>

#include "libdigit/scratch_vector.h"

namespace digit {

// Larger pictures hold a digit large enough to be read as it is.
inline constexpr int kMostEdgeToSharpen = 95;

// Unsharp masking of levels, width × height, row-major, 0 to 510, in place; at most
// kMostEdgeToSharpen on either axis. contrast: between background and ink, in levels, more than 0.
// Returns false and changes nothing where the edges are steep as they are, or there are none. The
// levels are wholly computed in whole numbers.
bool sharpen_if_blurred(int width, int height, double contrast,
                        ScratchVector<std::uint16_t>& levels);

}  // namespace digit
