// SPDX-License-Identifier: Apache-2.0
#include "libdigit/exif.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace digit {
namespace {

// Reads integers of either byte order; whoever calls has checked the bounds.
class TiffReader {
  public:
    explicit TiffReader(std::span<const std::uint8_t> bytes, bool little)
        : bytes_(bytes), little_(little) {}

    std::uint32_t u16(std::size_t at) const {
        return little_ ? bytes_[at] | bytes_[at + 1] << 8 : bytes_[at] << 8 | bytes_[at + 1];
    }
    std::uint32_t u32(std::size_t at) const {
        return little_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
    }

  private:
    std::span<const std::uint8_t> bytes_;
    bool little_;
};

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kEntryBytes = 12;
constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;

}  // namespace

int tiff_orientation(std::span<const std::uint8_t> tiff) {
    if (tiff.size() < kHeaderBytes) return 1;
    const bool little = tiff[0] == 'I' && tiff[1] == 'I';
    if (!little && !(tiff[0] == 'M' && tiff[1] == 'M')) return 1;
    const TiffReader read(tiff, little);
    if (read.u16(2) != 42) return 1;
    const std::size_t directory = read.u32(4);
    if (directory > tiff.size() - 2) return 1;
    const std::size_t first = directory + 2;
    const std::size_t entries =
        std::min<std::size_t>(read.u16(directory), (tiff.size() - first) / kEntryBytes);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = first + i * kEntryBytes;
        if (read.u16(entry) != kOrientationTag) continue;
        if (read.u16(entry + 2) != kShort || read.u32(entry + 4) != 1) return 1;
        const std::uint32_t value = read.u16(entry + 8);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
    return 1;
}

int exif_orientation(std::span<const std::uint8_t> app1) {
    constexpr std::array<std::uint8_t, 6> kSignature = {'E', 'x', 'i', 'f', 0, 0};
    if (app1.size() < kSignature.size() ||
        !std::equal(kSignature.begin(), kSignature.end(), app1.begin()))
        return 1;
    return tiff_orientation(app1.subspan(kSignature.size()));
}

}  // namespace digit
