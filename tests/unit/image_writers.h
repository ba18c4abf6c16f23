// SPDX-License-Identifier: Apache-2.0
// Small image files for the tests, written by the libraries' own writers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace digit::test {

using Bytes = std::vector<std::uint8_t>;

// PNG. rows: height × ceil(width × samples × depth / 8) bytes, samples packed as the file has them
// (16-bit big-endian).
struct PngSpec {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    int depth = 8;
    int colour_type = 0;  // as in the file: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
    bool interlaced = false;
    Bytes rows;
    std::vector<std::array<std::uint8_t, 3>> palette;
    Bytes palette_alpha;   // tRNS of a palette
    bool has_key = false;  // tRNS of grey (key[0]) or RGB
    std::array<std::uint16_t, 3> key{};
};
Bytes write_png(const PngSpec& spec);

// Samples a pixel of a PNG colour type.
int png_samples(int colour_type);

// PNG by hand, for files that no writer writes.
Bytes png_signature();
Bytes png_chunk(const std::string& type, const Bytes& content);
Bytes png_header(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                 bool interlaced);
Bytes zlib_compress(const Bytes& content);

enum class JpegColour { kGrey, kYcbcr, kRgb, kCmyk, kYcck };

// JPEG. pixels: 1 (grey), 3 (R, G, B) or 4 (C, M, Y, K, 255 = full ink) bytes each.
struct JpegSpec {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    JpegColour colour = JpegColour::kGrey;
    Bytes pixels;
    int quality = 100;
    bool progressive = false;
    bool subsampled = false;      // chroma at half resolution
    bool separate_scans = false;  // baseline, one scan a component
    bool arithmetic = false;
    bool adobe = true;              // of kCmyk: inverted, with Adobe's marker
    int repeated_scans = 0;         // of progressive grey: scans that add nothing
    unsigned restart_interval = 0;  // in MCUs
    Bytes app1;                     // put in if not empty
};
Bytes write_jpeg(const JpegSpec& spec);

// The content of an APP1 marker that states an EXIF orientation.
Bytes exif_app1(int orientation);

// GIF with one frame. pixels: frame_width × frame_height palette indices.
struct GifSpec {
    int width = 0;  // of the logical screen
    int height = 0;
    int left = 0;
    int top = 0;
    int frame_width = 0;  // 0: the screen's
    int frame_height = 0;
    bool interlaced = false;
    bool local_palette = false;
    int transparent = -1;
    int frames = 1;                                    // the others are the same
    std::vector<std::array<std::uint8_t, 3>> palette;  // 2, 4, … 256 colours
    Bytes pixels;
};
Bytes write_gif(const GifSpec& spec);

Bytes operator+(Bytes a, const Bytes& b);

// `bytes` cut after `size`.
Bytes cut(const Bytes& bytes, std::size_t size);

}  // namespace digit::test
