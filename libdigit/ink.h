// SPDX-License-Identifier: Apache-2.0
// From a picture to how much ink each of its pixels holds: the local background taken away,
// the colour axis chosen on which ink differs most, noise cut off.
#pragma once

#include <cstdint>

#include "libdigit/picture.h"
#include "libdigit/scratch_vector.h"

namespace digit {

// width × height, row-major, 0 = background, 255 = full ink.
struct InkPlane {
    int width = 0;
    int height = 0;
    ScratchVector<std::uint8_t> ink;

    std::uint8_t at(int x, int y) const {
        return ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)];
    }
};

struct InkReading {
    InkPlane plane;
    bool dark_ink = true;  // ink is darker than its background
    float contrast = 0;    // mean levels (of 255) between background and ink
    float noise = 0;       // levels, standard deviation of the background
    bool clean = false;    // flat background without noise: every level above it is ink
};

// Less contrast than this, in levels, is no drawing.
inline constexpr double kMinContrast = 6;
// The side of the background that is not the stronger one is read too from this part of the
// stronger one's evidence on.
inline constexpr double kDoubt = 0.3;

// One reading for each side of each likely background (lighter, darker) that may be ink, the
// stronger first; none where the picture has no contrast. restore: small pictures that are blurred
// are sharpened, and smooth light is looked for (Background::estimate).
ScratchVector<InkReading> read_ink(const Picture& picture, bool restore);

// Smaller pictures are cut to a digit, whose strokes are as wide as a shadow would be.
inline constexpr std::uint32_t kLeastEdgeWithShadows = 96;

// The reading over Background::closed(), shadows divided away; none where the picture has no
// contrast or is too small.
ScratchVector<InkReading> read_ink_among_shadows(const Picture& picture);

}  // namespace digit
