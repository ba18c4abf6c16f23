// SPDX-License-Identifier: Apache-2.0
// A decoded picture, upright and reduced to a working size.
#pragma once

#include <cstdint>
#include <vector>

namespace digit {

enum class ImageFormat { kPng, kJpeg, kGif };

struct Picture {
    // Size of `pixels`, after reduction and after turning the picture upright.
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    // 1: luma (Rec. 601, 0 = black). 3: R, G, B interleaved.
    int channels = 1;
    // width × height × channels, row-major from the top left, no padding. Transparency is already
    // composed over white or black, whichever is farther from the opaque pixels' mean luma.
    std::vector<std::uint8_t> pixels;

    ImageFormat format = ImageFormat::kPng;
    // As stored in the file, before reduction and before turning it upright.
    std::uint32_t source_width = 0;
    std::uint32_t source_height = 0;
    // EXIF orientation 1 to 8 that has been undone; 1 where the file states none.
    int orientation = 1;
    // Source pixels per pixel along each axis; 1 where nothing was reduced.
    double reduction_x = 1;
    double reduction_y = 1;
};

}  // namespace digit
