// SPDX-License-Identifier: Apache-2.0
// Digits as people write them, from parametric strokes, and seven-segment digits.
#pragma once

#include <cstdint>

#include "trainer/draw_allographs.h"
#include "trainer/draw_degrade.h"
#include "trainer/draw_raster.h"

namespace digit {

// Draws picture `index` of the endless row that belongs to `seed`; its digit is index % 10. The
// allograph, the hand, the pen, margins and capture are random. The same arguments give the same
// picture. Thread-safe.
DrawnDigit draw_pen_digit(const Rasteriser& rasteriser, std::uint64_t seed, std::uint64_t index);

// The same with a given allograph, and without what a camera does to it when `clean`.
DrawnDigit draw_allograph(const Rasteriser& rasteriser, const Allograph& allograph, bool clean,
                          std::uint64_t seed, std::uint64_t index);

}  // namespace digit
