// SPDX-License-Identifier: Apache-2.0
// Eight bytes at a time, in one number.
#pragma once

#include <bit>
#include <cstdint>

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

}  // namespace digit
