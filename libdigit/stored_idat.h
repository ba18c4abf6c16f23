// SPDX-License-Identifier: Apache-2.0
// A small picture's compressed data, inflated all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "libdigit/png_chunks.h"

struct libdeflate_decompressor;

namespace digit {

// libdeflate's tables, some 11 KB, made when they are first asked for. For one thread at a time.
class Inflater {
  public:
    // Whether the zlib stream is whole and inflates to just so many bytes, which `inflated` has
    // then; else it may have anything. False where there is no memory, too.
    bool inflate(std::span<const std::uint8_t> stream, std::span<std::uint8_t> inflated) noexcept;

  private:
    struct Free {
        void operator()(libdeflate_decompressor* made) const noexcept;
    };
    std::unique_ptr<libdeflate_decompressor, Free> made_;
};

// libpng has zlib inflate a row at a time, and of rows as short as a small picture's zlib takes
// every symbol the slow way: most of what such a picture costs. libdeflate takes the whole stream
// at once, and what libpng is then given is the same data in a chunk that holds them uncompressed.
//
// Bytes of such a chunk for so many bytes of data.
constexpr std::size_t stored_idat_bytes(std::size_t data_bytes) { return data_bytes + 23; }
// What a block of deflate's holds uncompressed. Source: RFC 1951 §3.2.4.
inline constexpr std::size_t kMostStoredBytes = 65535;

// Writes that chunk. stored: stored_idat_bytes() of what the picture's rows have, at most
// kMostStoredBytes. False where idat's CRC is wrong or its data are not just as many: such a chunk
// is libpng's to judge. libdeflate takes some streams that zlib refuses, of codes that no data use,
// and none the other way round. The CRC that is written is 0, for libpng would take as long to
// check it as for all else.
bool store_idat(const PngChunk& idat, Inflater& inflater, std::span<std::uint8_t> stored) noexcept;

}  // namespace digit
