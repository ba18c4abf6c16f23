// SPDX-License-Identifier: Apache-2.0
// Printed digits, in all the ways in which print reaches a camera.
#pragma once

#include <cstdint>

#include "trainer/draw_degrade.h"
#include "trainer/draw_fonts.h"
#include "trainer/draw_raster.h"

namespace digit {

// Draws picture `index` of the endless row that belongs to `seed`; its digit is index % 10. Family,
// face, weight, slant, turn, proportions, size, margins and capture are random. The same arguments
// and fonts give the same picture. Thread-safe.
DrawnDigit draw_font_digit(const FontSet& fonts, const Rasteriser& rasteriser, std::uint64_t seed,
                           std::uint64_t index);

// The same digit of a given face without any change, `height` pixels tall, for people who look.
DrawnDigit draw_font_specimen(const FontFace& face, const Rasteriser& rasteriser, int label,
                              int height);

}  // namespace digit
