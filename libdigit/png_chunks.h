// SPDX-License-Identifier: Apache-2.0
// Walks the chunks of a PNG file without looking into them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace digit {

// Four bytes, the highest first. Source: PNG specification §7.1.
inline std::uint32_t png_number(const std::uint8_t* from) {
    return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 |
           std::uint32_t{from[2]} << 8 | from[3];
}

struct PngChunk {
    std::span<const std::uint8_t> whole;  // length, type, content and CRC
    std::span<const std::uint8_t> content;

    bool is(std::string_view type) const {
        return std::equal(type.begin(), type.end(), whole.begin() + 4,
                          [](char a, std::uint8_t b) { return a == static_cast<char>(b); });
    }
    // A reader may ignore it. Source: PNG specification §5.4.
    bool is_ancillary() const { return (whole[4] & 0x20) != 0; }
};

class PngChunks {
  public:
    static constexpr std::size_t kSignatureBytes = 8;

    explicit PngChunks(std::span<const std::uint8_t> file)
        : rest_(file.subspan(std::min(kSignatureBytes, file.size()))) {}

    // The next chunk; nothing if the file does not hold all of it.
    std::optional<PngChunk> next() {
        constexpr std::size_t kAround = 12;  // length, type and CRC
        if (rest_.size() < kAround) return std::nullopt;
        const std::size_t length = png_number(rest_.data());
        if (length > rest_.size() - kAround) return std::nullopt;
        const PngChunk chunk{rest_.first(length + kAround), rest_.subspan(8, length)};
        rest_ = rest_.subspan(length + kAround);
        return chunk;
    }

  private:
    std::span<const std::uint8_t> rest_;
};

}  // namespace digit
