// SPDX-License-Identifier: Apache-2.0
// The one thing of EXIF that matters here: how the camera was held.
#pragma once

#include <cstdint>
#include <span>

namespace digit {

// The orientation (tag 0x0112) of the first directory of a TIFF structure, which is what a PNG's
// eXIf chunk holds; 1 to 8. Anything missing or malformed is 1: a picture is never refused for
// its EXIF. Follows one offset and no loops. Source: EXIF 2.32 §4.6, TIFF 6.0 §2.
int tiff_orientation(std::span<const std::uint8_t> tiff);

// The same for the content of a JPEG's APP1 marker, which may also hold something else (XMP).
int exif_orientation(std::span<const std::uint8_t> app1);

}  // namespace digit
