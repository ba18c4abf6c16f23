// SPDX-License-Identifier: Apache-2.0
// What happens to a digit between ink and file: print gain, lens, few pixels, noise, scanner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "trainer/draw_plane.h"
#include "trainer/draw_shape.h"
#include "trainer/random.h"

namespace digit {

// A grey picture of one digit, light ink on dark.
struct DrawnDigit {
    int label = 0;
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> luma;  // width × height, row-major from the top left
    Bounds box;                      // of the digit, in pixels
};

// How a digit came into the picture.
enum class Capture {
    kClean,  // rendered, at most a trace of blur
    kSoft,   // out of focus, ink spread
    kTiny,   // few pixels, perhaps enlarged again
    kNoisy,  // weak contrast under noise
    kScan,   // black and white, ragged edges
};

Capture random_capture(Random& random);

// What decides how much a digit may suffer and still be read. In pixels.
struct DigitSize {
    Bounds box;
    float stroke = 0;  // width of the pen
    float edge() const { return std::max(box.width(), box.height()); }
};

// Turns ink, 0 to 1, into a picture in the given way.
DrawnDigit capture(InkField ink, const DigitSize& size, Capture how, int label, Random& random);

}  // namespace digit
