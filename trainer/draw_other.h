// SPDX-License-Identifier: Apache-2.0
// Pictures of things that are no digits, from which a network learns to be unsure.
#pragma once

#include <cstdint>

#include "trainer/draw_degrade.h"
#include "trainer/draw_fonts.h"
#include "trainer/draw_raster.h"

namespace digit {

// The label of what is no digit.
inline constexpr int kNoDigit = 10;

// Draws picture `index` of the endless row that belongs to `seed`: a letter or sign that no
// digit looks like, of a font or written, a scribble, a digit on its side, several digits side by
// side, a plain figure, a face, or a texture. fonts: may be null. The same arguments and fonts give
// the same picture. Thread-safe.
DrawnDigit draw_other(const FontSet* fonts, const Rasteriser& rasteriser, std::uint64_t seed,
                      std::uint64_t index);

}  // namespace digit
