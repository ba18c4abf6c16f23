// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "libdigit/mnist_box.h"

namespace digit {
namespace {

// MNIST's 60,000 training pictures are within 0.52 pixels of the middle and have a pixel of 254 or
// 255; all but 13 have a box of 20 pixels.
constexpr double kMostOffCentre = 0.55;
constexpr std::uint8_t kLeastPeak = 240;

// Ink summed over the rows, or the columns.
using Sums = std::array<std::uint32_t, kInputEdge>;

struct Axis {
    int begin = 0;  // of the ink
    int end = 0;
    double centre = 0;  // of mass, in pixels from the edge
};

// sums: not all zero.
Axis axis_of(const Sums& sums) {
    Axis axis;
    while (sums[static_cast<std::size_t>(axis.begin)] == 0) ++axis.begin;
    axis.end = kInputEdge;
    while (sums[static_cast<std::size_t>(axis.end) - 1] == 0) --axis.end;
    std::uint64_t mass = 0;
    std::uint64_t moment = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        mass += sums[i];
        moment += (2 * i + 1) * sums[i];
    }
    axis.centre = static_cast<double>(moment) / (2 * static_cast<double>(mass));
    return axis;
}

}  // namespace

std::optional<Framed> as_mnist_has_it(const Picture& picture) {
    if (picture.width != kInputEdge || picture.height != kInputEdge || picture.channels != 1)
        return std::nullopt;
    // A corner of MNIST's pictures never holds ink.
    const std::uint8_t background = picture.pixels.front();
    if (background != 0 && background != 255) return std::nullopt;
    Framed framed;
    Sums rows{};
    Sums columns{};
    int blank = 0;
    std::uint8_t peak = 0;
    for (std::size_t y = 0, i = 0; y < kInputEdge; ++y)
        for (std::size_t x = 0; x < kInputEdge; ++x, ++i) {
            const std::uint8_t ink = framed.pixels[i] = picture.pixels[i] ^ background;
            rows[y] += ink;
            columns[x] += ink;
            blank += ink == 0;
            peak = std::max(peak, ink);
        }
    if (peak < kLeastPeak || 2 * blank < kInputPixels) return std::nullopt;
    const Axis across = axis_of(columns);
    const Axis down = axis_of(rows);
    const int width = across.end - across.begin;
    const int height = down.end - down.begin;
    if (std::max(width, height) != kInkBoxEdge) return std::nullopt;
    if (std::abs(across.centre - kCentreOfMass) > kMostOffCentre ||
        std::abs(down.centre - kCentreOfMass) > kMostOffCentre)
        return std::nullopt;
    FrameReceipt& receipt = framed.receipt;
    receipt.polarity = background == 0 ? Polarity::kLightOnDark : Polarity::kDarkOnLight;
    receipt.crop = {0, 0, kInputEdge, kInputEdge};
    receipt.ink_box = {across.begin, down.begin, width, height};
    return framed;
}

}  // namespace digit
