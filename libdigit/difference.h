// SPDX-License-Identifier: Apache-2.0
// What is left of a picture once its background is taken away.
#pragma once

#include <array>
#include <cstdint>

#include "libdigit/background.h"
#include "libdigit/picture.h"
#include "libdigit/scratch_vector.h"

namespace digit {

// A difference of level d from the background is counted at d + kZero.
inline constexpr int kZero = 255;
inline constexpr std::size_t kLevels = 511;
using DifferenceHistogram = std::array<std::uint32_t, kLevels>;

// Along the one colour axis on which the picture varies most: red pencil on grey paper shows there
// as well as black ink on white.
struct Difference {
    // One per pixel, kZero = background. Empty for a grey picture on a flat background: the
    // picture's own bytes are the levels then, unless it was sharpened.
    ScratchVector<std::uint16_t> level;
    int zero = 0;         // the background's level among those bytes
    float luma_sign = 1;  // +1: levels above the background's are lighter
};

// The part of a picture in which ink is measured.
struct Window {
    int left, top, right, bottom;
};

// The middle: page edges, frames, shadows and fingers lie outside it.
Window middle_of(const Picture& picture);
Window all_of(const Picture& picture);

// window: where the colour axis is found.
Difference take_away(const Picture& picture, const Background& background, const Window& window);

}  // namespace digit
