// SPDX-License-Identifier: Apache-2.0
// PNG files for the decoder's tests, and what their pixels mean.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/image_writers.h"

namespace digit::test {

struct Rgba {
    double red, green, blue, alpha;  // 0 to 255
};

// A random picture and what each of its pixels means.
struct Sample {
    PngSpec spec;
    std::vector<Rgba> pixels;
};

// Noise; where there is a transparent colour, every fourth sample is 0, which is it.
Sample make_sample(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                   bool interlaced, bool transparency);

struct Kind {
    int colour_type;
    std::vector<int> depths;
    bool may_be_transparent;
};
extern const std::vector<Kind> kKinds;  // all that PNG has

template <class Check>
void for_every_kind(Check check) {
    for (const Kind& kind : kKinds)
        for (int depth : kind.depths)
            for (bool transparency : {false, true})
                if (!transparency || kind.may_be_transparent)
                    check(kind.colour_type, depth, transparency,
                          "colour type " + std::to_string(kind.colour_type) + ", depth " +
                              std::to_string(depth) + (transparency ? ", tRNS" : ""));
}

// Unpacked rows of 8-bit samples, a ramp to the right, each with filter none.
Bytes grey_rows(std::uint32_t width, std::uint32_t height);

extern const Bytes kPngEnd;

// A 28×28 grey PNG with more chunks before its pixels.
Bytes with_chunks(const Bytes& chunks);

// The content of an eXIf chunk.
Bytes png_exif(int orientation);

}  // namespace digit::test
