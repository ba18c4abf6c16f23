// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/png_samples.h"

#include <array>
#include <random>

namespace digit::test {

namespace {

void put_bits(Bytes& row, std::size_t index, int depth, unsigned value) {
    if (depth == 16) {
        row[2 * index] = static_cast<std::uint8_t>(value >> 8);
        row[2 * index + 1] = static_cast<std::uint8_t>(value);
        return;
    }
    const std::size_t bit = index * static_cast<std::size_t>(depth);
    row[bit / 8] |= static_cast<std::uint8_t>(value << (8 - static_cast<int>(bit % 8) - depth));
}

Rgba meaning_of(const PngSpec& spec, const std::array<unsigned, 4>& v) {
    const double scale = 255.0 / ((1 << spec.depth) - 1);
    const bool is_key = spec.has_key && v[0] == spec.key[0] &&
                        (spec.colour_type == 0 || (v[1] == spec.key[1] && v[2] == spec.key[2]));
    const double opaque = is_key ? 0 : 255;
    switch (spec.colour_type) {
        case 0:
            return {v[0] * scale, v[0] * scale, v[0] * scale, opaque};
        case 2:
            return {v[0] * scale, v[1] * scale, v[2] * scale, opaque};
        case 3: {
            const auto& c = spec.palette[v[0]];
            const double alpha = v[0] < spec.palette_alpha.size() ? spec.palette_alpha[v[0]] : 255;
            return {double(c[0]), double(c[1]), double(c[2]), alpha};
        }
        case 4:
            return {v[0] * scale, v[0] * scale, v[0] * scale, v[1] * scale};
        default:
            return {v[0] * scale, v[1] * scale, v[2] * scale, v[3] * scale};
    }
}

}  // namespace

Sample make_sample(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                   bool interlaced, bool transparency) {
    std::mt19937 random(width * 31 + height + static_cast<unsigned>(depth * 7 + colour_type));
    Sample sample;
    PngSpec& spec = sample.spec;
    spec.width = width;
    spec.height = height;
    spec.depth = depth;
    spec.colour_type = colour_type;
    spec.interlaced = interlaced;
    const unsigned top = (1u << depth) - 1;
    if (colour_type == 3)
        for (unsigned i = 0; i <= top; ++i) {
            spec.palette.push_back({static_cast<std::uint8_t>(random()),
                                    static_cast<std::uint8_t>(random()),
                                    static_cast<std::uint8_t>(random())});
            if (transparency && i % 2 == 0)
                spec.palette_alpha.push_back(static_cast<std::uint8_t>(random()));
            else if (transparency)
                spec.palette_alpha.push_back(255);
        }
    spec.has_key = transparency && (colour_type == 0 || colour_type == 2);
    const auto samples = static_cast<std::size_t>(png_samples(colour_type));
    for (std::uint32_t y = 0; y < height; ++y) {
        Bytes row((width * samples * static_cast<std::size_t>(depth) + 7) / 8);
        for (std::uint32_t x = 0; x < width; ++x) {
            std::array<unsigned, 4> v{};
            // Every fourth pixel is the transparent colour: all samples zero.
            for (std::size_t s = 0; s < samples; ++s)
                v[s] = random() % 4 == 0 && spec.has_key ? 0 : random() & top;
            for (std::size_t s = 0; s < samples; ++s) put_bits(row, x * samples + s, depth, v[s]);
            sample.pixels.push_back(meaning_of(spec, v));
        }
        spec.rows.insert(spec.rows.end(), row.begin(), row.end());
    }
    return sample;
}

const std::vector<Kind> kKinds = {{0, {1, 2, 4, 8, 16}, true},
                                  {2, {8, 16}, true},
                                  {3, {1, 2, 4, 8}, true},
                                  {4, {8, 16}, false},
                                  {6, {8, 16}, false}};

Bytes grey_rows(std::uint32_t width, std::uint32_t height) {
    Bytes rows;
    for (std::uint32_t y = 0; y < height; ++y) {
        rows.push_back(0);  // filter: none
        for (std::uint32_t x = 0; x < width; ++x) rows.push_back(static_cast<std::uint8_t>(x * 9));
    }
    return rows;
}

const Bytes kPngEnd = png_chunk("IEND", {});

Bytes with_chunks(const Bytes& chunks) {
    return png_signature() + png_header(28, 28, 8, 0, false) + chunks +
           png_chunk("IDAT", zlib_compress(grey_rows(28, 28))) + kPngEnd;
}

Bytes png_exif(int orientation) {
    Bytes exif = exif_app1(orientation);
    exif.erase(exif.begin(), exif.begin() + 6);  // what names it in a JPEG
    return exif;
}

}  // namespace digit::test
