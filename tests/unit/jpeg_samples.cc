// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/jpeg_samples.h"

namespace digit::test {

namespace {

// A ramp to the right in red, downwards in green, a hill in blue.
std::array<double, 3> colour_at(double x, double y) {
    return {30 + 200 * x, 220 - 180 * y, 40 + 700 * x * (1 - x) * y * (1 - y) * 4 * 0.3};
}

}  // namespace

JpegSpec make_spec(std::uint32_t width, std::uint32_t height, JpegColour colour) {
    JpegSpec spec;
    spec.width = width;
    spec.height = height;
    spec.colour = colour;
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x) {
            const auto c = colour_at((x + 0.5) / width, (y + 0.5) / height);
            if (colour == JpegColour::kGrey)
                spec.pixels.push_back(static_cast<std::uint8_t>(c[0] / 2 + c[1] / 2));
            else if (colour == JpegColour::kYcbcr || colour == JpegColour::kRgb)
                for (double v : c) spec.pixels.push_back(static_cast<std::uint8_t>(v + 0.5));
            else {  // full grey component removal would do as well: a quarter of black ink
                for (double v : c)
                    spec.pixels.push_back(static_cast<std::uint8_t>(255.5 - v * 0.75));
                spec.pixels.push_back(64);
            }
        }
    return spec;
}

std::array<double, 3> expected_at(JpegColour colour, double x, double y) {
    auto c = colour_at(x, y);
    if (colour == JpegColour::kGrey) c[0] = c[1] = c[2] = c[0] / 2 + c[1] / 2;
    if (colour == JpegColour::kCmyk || colour == JpegColour::kYcck)
        for (double& v : c) v = v * 0.75 * (255 - 64) / 255;
    return c;
}

}  // namespace digit::test
