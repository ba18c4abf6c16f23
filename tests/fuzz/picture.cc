// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/picture.h"

#include <algorithm>

#include "libdigit/decode.h"
#include "libdigit/frame.h"
#include "tests/fuzz/fuzz.h"

namespace digit::fuzz {
namespace {

// What no file may bring about, whatever is in it.
bool is_our_fault(Code code) {
    return code == Code::kInternal || code == Code::kOutOfMemory || code == Code::kIo;
}

void check_refusal(const Status& status) {
    require(!is_our_fault(status.code), "a file is refused, not failed on");
    require(!status.detail.empty(), "a refusal has its reason");
}

void check_pixels(const Picture& picture, const Limits& limits, Colour colour) {
    require(picture.channels == 1 || (picture.channels == 3 && colour == Colour::kRgb),
            "a picture has the channels that were asked for");
    require(picture.width > 0 && picture.height > 0, "a picture has pixels");
    require(picture.pixels.size() == std::size_t{picture.width} * picture.height *
                                         static_cast<std::size_t>(picture.channels),
            "a picture has as many pixels as its size says");
    require(std::min(picture.source_width, picture.source_height) >= limits.min_edge &&
                std::max(picture.source_width, picture.source_height) <= limits.max_edge,
            "a picture is within the limits of its edges");
    require(std::uint64_t{picture.source_width} * picture.source_height <=
                limits.max_pixels_baseline_jpeg,
            "a picture is within the limit of its pixels");
    require(picture.orientation >= 1 && picture.orientation <= 8, "an orientation is 1 to 8");
}

void check_frame(const Picture& picture) {
    const auto readings = frame(picture);
    if (!readings.ok()) return check_refusal(readings.status());
    require(!readings->empty(), "a framed picture has a reading");
    for (const Framed& reading : *readings)
        require(*std::max_element(reading.pixels.begin(), reading.pixels.end()) > 0,
                "a reading has ink");
}

}  // namespace

void check_picture(std::span<const std::uint8_t> file) {
    const Limits limits;
    for (const Colour colour : {Colour::kLuma, Colour::kRgb}) {
        const Result<Picture> picture = decode(file, limits, colour);
        // Small PNGs take another way there, which takes some that libpng refuses, and no other.
        // What was just in time once may be late the second time.
        LentBlock block;
        Limits unhurried = limits;
        if (picture.ok()) unhurried.max_cpu_ms = 10'000;
        const Result<Picture> lent = decode(file, unhurried, colour, &block);
        require(!picture.ok() || (lent.ok() && lent->pixels == picture->pixels),
                "a picture is the same where memory is lent");
        if (!picture.ok()) {
            check_refusal(picture.status());
            continue;
        }
        check_pixels(*picture, limits, colour);
        if (colour == Colour::kRgb) check_frame(*picture);  // as requests have it
    }
}

}  // namespace digit::fuzz
