// SPDX-License-Identifier: Apache-2.0
// Bytes of an image file to an upright picture of working size.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libdigit/lent_block.h"
#include "libdigit/limits.h"
#include "libdigit/picture.h"
#include "libdigit/status.h"

namespace digit {

enum class Colour { kLuma, kRgb };

// A picture whose shorter edge has at least twice this many pixels is averaged down by the
// largest whole factor that keeps the shorter edge at or above it. Enough for a digit that fills
// a tenth of the picture; keeps framing cheap whatever was sent. Of a JPEG, libjpeg takes the
// largest of the factors 2, 4 and 8 that fits, and only a whole factor of the rest remains. With
// 180, one of 2000×1500 is decoded at 1/8; the phone photos of digits-dev, as they are and enlarged
// to that size, are all read right as with 240.
inline constexpr std::uint32_t kWorkingEdge = 180;
// A long picture is averaged down further until it has at most this many pixels, which bounds the
// memory and time of a 16384×359 strip; one of 4:1 is not touched by it.
inline constexpr std::uint32_t kWorkingPixels = 1u << 20;

// The format that the first bytes announce; names and headers are never asked.
std::optional<ImageFormat> sniff_format(std::span<const std::uint8_t> file);

// "png", "jpeg" or "gif".
std::string_view format_name(ImageFormat format);

// Decodes the picture (of a GIF, its first frame), checking `limits` before allocation and while
// decoding. With Colour::kRgb the result has three channels, unless the file itself is grey; with
// Colour::kLuma always one. What fits into `block`, if there is one, is not allocated. Thread-safe
// with a block of one's own. Throws nothing but std::bad_alloc.
// Errors: kEmptyFile to kTooExpensive, kOutOfMemory, kInternal.
Result<Picture> decode(std::span<const std::uint8_t> file, const Limits& limits, Colour colour,
                       LentBlock* block = nullptr);

}  // namespace digit
