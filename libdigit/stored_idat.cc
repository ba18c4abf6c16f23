// SPDX-License-Identifier: Apache-2.0
#include "libdigit/stored_idat.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>

namespace digit {
namespace {

void write_png_number(std::uint32_t value, std::uint8_t* to) {
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = static_cast<std::uint8_t>(value >> shift);
}

bool crc_is_right(const PngChunk& chunk) {
    // Of type and content; length and CRC stand around them.
    const std::span<const std::uint8_t> covered = chunk.whole.subspan(4, chunk.content.size() + 4);
    return libdeflate_crc32(0, covered.data(), covered.size()) ==
           png_number(chunk.whole.data() + chunk.whole.size() - 4);
}

}  // namespace

void Inflater::Free::operator()(libdeflate_decompressor* made) const noexcept {
    libdeflate_free_decompressor(made);
}

bool Inflater::inflate(std::span<const std::uint8_t> stream,
                       std::span<std::uint8_t> inflated) noexcept {
    if (!made_) made_.reset(libdeflate_alloc_decompressor());
    // Without a place for the number, it has to be just as many.
    return made_ &&
           libdeflate_zlib_decompress(made_.get(), stream.data(), stream.size(), inflated.data(),
                                      inflated.size(), nullptr) == LIBDEFLATE_SUCCESS;
}

bool store_idat(const PngChunk& idat, Inflater& inflater, std::span<std::uint8_t> stored) noexcept {
    constexpr std::size_t kBefore = 15;         // length, type, zlib's header, the block's
    constexpr std::size_t kWindow = 32 * 1024;  // the largest
    const std::size_t size = stored.size() - stored_idat_bytes(0);
    const std::span<std::uint8_t> data = stored.subspan(kBefore, size);
    // The window that zlib would allow, which libdeflate does not look at. Source: RFC 1950 §2.2.
    const std::size_t window =
        idat.content.empty() ? 0 : std::size_t{256} << (idat.content[0] >> 4);
    if (window < size && window < kWindow) return false;
    if (!crc_is_right(idat) || !inflater.inflate(idat.content, data)) return false;
    const auto low = static_cast<std::uint8_t>(size);
    const auto high = static_cast<std::uint8_t>(size >> 8);
    const std::array<std::uint8_t, kBefore - 4> head = {
        'I', 'D', 'A', 'T',
        // Deflate with a window of 256 bytes, for nothing is copied: else zlib takes 32 KB.
        0x08, 0x1d,
        // The last block, stored; its length, and that again with each bit turned.
        1, low, high, static_cast<std::uint8_t>(~low), static_cast<std::uint8_t>(~high)};
    write_png_number(static_cast<std::uint32_t>(stored.size() - 12), stored.data());
    std::copy(head.begin(), head.end(), stored.begin() + 4);
    std::uint8_t* const behind = stored.data() + kBefore + size;
    write_png_number(libdeflate_adler32(1, data.data(), size), behind);
    write_png_number(0, behind + 4);
    return true;
}

}  // namespace digit
