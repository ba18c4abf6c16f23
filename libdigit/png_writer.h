// SPDX-License-Identifier: Apache-2.0
// PNG files of 8-bit grey or RGB pixels. Written here and not by libpng because that reports
// errors by longjmp, and the format needs no more than zlib and this page.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace digit {

// channels: 1 or 3. pixels: width × height × channels, row-major.
// Source: PNG specification, 3rd edition, sections 5 and 9; filter 0 on every row.
std::vector<std::uint8_t> encode_png(std::span<const std::uint8_t> pixels, std::uint32_t width,
                                     std::uint32_t height, int channels);

// "data:image/png;base64,…"
std::string data_uri(std::span<const std::uint8_t> png);

}  // namespace digit
