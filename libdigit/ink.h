// SPDX-License-Identifier: Apache-2.0
// From a picture to how much ink each of its pixels holds: the local background taken away,
// the colour axis chosen on which ink differs most, noise cut off.
#pragma once

#include <cstdint>
#include <vector>

#include "libdigit/picture.h"

namespace digit {

// width × height, row-major, 0 = background, 255 = full ink.
struct InkPlane {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> ink;

    std::uint8_t at(int x, int y) const {
        return ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)];
    }
};

struct InkReading {
    InkPlane plane;
    bool dark_ink = true;   // ink is darker than its background
    float contrast = 0;     // levels (of 255) between background and ink
    float noise = 0;        // levels, standard deviation of the background
    bool doubtful = false;  // the other polarity would be nearly as good a reading
};

enum class InkSide { kStronger, kOther };

// `side` chooses which side of the background counts as ink; kOther serves doubtful readings.
// A picture without any contrast has contrast 0 and no ink.
InkReading read_ink(const Picture& picture, InkSide side);

}  // namespace digit
