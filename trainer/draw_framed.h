// SPDX-License-Identifier: Apache-2.0
// Training pictures: drawn digits as the network will see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trainer/draw_fonts.h"
#include "trainer/draw_raster.h"

namespace digit {

struct FramedDigits {
    std::vector<std::uint8_t> pixels;  // size() × 784, row-major 28×28, ink = 255, as MNIST's
    std::vector<std::uint8_t> labels;  // 0, 1, … 9, 0, 1, …: as many of each
    std::size_t size() const { return labels.size(); }
};

// What is drawn. Without fonts, pens draw everything.
struct DrawMix {
    const FontSet* fonts = nullptr;
    double font_share = 0.5;
};

// Draws `count` digits and puts each through frame(), as if it had been sent to the server. Picture
// i depends on `seed`, i, the mix and the fonts alone: not on `threads`, and not on `count`. Where
// frame() does not find the digit, another one with the same label is drawn.
FramedDigits draw_framed_digits(std::size_t count, std::uint64_t seed, int threads,
                                const DrawMix& mix, const Rasteriser& rasteriser);

// Pictures [first, first + count) of the same row, into pixels (count × 784) and labels (count);
// what a trainer calls that wants new ones every epoch. Thread-safe.
void draw_framed_digits(std::uint64_t first, std::size_t count, std::uint64_t seed,
                        const DrawMix& mix, const Rasteriser& rasteriser, std::uint8_t* pixels,
                        std::uint8_t* labels);

// The same for things that are no digits (draw_other), where frame() takes them whole. fonts: may
// be null.
void draw_framed_others(std::uint64_t first, std::size_t count, std::uint64_t seed,
                        const FontSet* fonts, const Rasteriser& rasteriser, std::uint8_t* pixels);

}  // namespace digit
