// SPDX-License-Identifier: Apache-2.0
// Eight bytes at a time, in one number.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace digit {

static_assert(std::endian::native == std::endian::little, "the first byte is a number's lowest");

// Bit i is the top bit of byte i.
constexpr std::uint32_t top_bits(std::uint64_t eight) {
    constexpr std::uint64_t kLowest = 0x0101010101010101;
    // Brings bits 0, 8, … 56 to 49, 50, … 56.
    constexpr std::uint64_t kGather = 0x0002040810204081;
    return static_cast<std::uint32_t>((eight >> 7 & kLowest) * kGather >> 49 & 255);
}

// Bit i is set if byte i is at least `least`, 1 to 128.
constexpr std::uint32_t bytes_of_at_least(std::uint64_t eight, std::uint64_t least) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    constexpr std::uint64_t kBelowTops = 0x7f7f7f7f7f7f7f7f;
    // What is below 128 reaches it by as much as is missing; nothing is carried to the next byte.
    return top_bits(((eight & kBelowTops) + (128 - least) * kEach) | eight);
}

// Bit i is set if bytes[i] is at least `least`, 1 to 128; count: at most 64. Without a branch on
// what they are: whether a pixel is ink cannot be predicted.
inline std::uint64_t bits_of_at_least(const std::uint8_t* bytes, int count, std::uint64_t least) {
    std::uint64_t eight = 0;
    if (count < 8) {
        std::memcpy(&eight, bytes, static_cast<std::size_t>(count));
        return bytes_of_at_least(eight, least);
    }
    std::uint64_t bits = 0;
    for (int i = 0; i + 8 <= count; i += 8) {
        std::memcpy(&eight, bytes + i, 8);
        bits |= std::uint64_t{bytes_of_at_least(eight, least)} << i;
    }
    // The last ones again, with those before them.
    std::memcpy(&eight, bytes + count - 8, 8);
    return bits | std::uint64_t{bytes_of_at_least(eight, least)} << (count - 8);
}

// The sum of its bytes.
constexpr std::uint32_t sum_of_bytes(std::uint64_t eight) {
    constexpr std::uint64_t kEveryOther = 0x00ff00ff00ff00ff;
    // Four sums of two; the product's highest 16 bits are the sum of them all.
    const std::uint64_t pairs = (eight & kEveryOther) + (eight >> 8 & kEveryOther);
    return static_cast<std::uint32_t>(pairs * 0x0001000100010001 >> 48);
}

}  // namespace digit
