// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary16 as weights files store it. Own code, because clang 14 has no _Float16 on
// plain x86-64 and Highway 1.0 converts only in vectors.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace digit {

// Exact. Without a branch, for a network has millions of them.
inline float float_from_half(std::uint16_t half) {
    constexpr std::uint32_t kFirstNormal = 0x0400, kFirstNotFinite = 0x7c00;
    constexpr std::uint32_t kBiasDifference = (127 - 15) << 23;
    const std::uint32_t magnitude = half & 0x7fffu;
    const auto subnormal =
        std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24f);
    const std::uint32_t normal = (magnitude << 13) + kBiasDifference;
    const std::uint32_t not_finite = magnitude >= kFirstNotFinite ? 0x7f800000u : 0u;
    const std::uint32_t bits = (magnitude < kFirstNormal ? subnormal : normal) | not_finite;
    return std::bit_cast<float>(bits | static_cast<std::uint32_t>(half >> 15) << 31);
}

// Rounded to nearest even; what is too large becomes infinity.
inline std::uint16_t half_from_float(float value) {
    const auto sign =
        static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16 & 0x8000);
    const float magnitude = std::fabs(value);
    if (std::isnan(value)) return 0x7e00;
    if (magnitude == 0) return sign;
    if (magnitude >= 65520.0f) return static_cast<std::uint16_t>(sign | 0x7c00);
    int exponent = 0;
    std::frexp(magnitude, &exponent);
    // The last bit's weight: 2^(exponent − 11) for normal numbers, 2^−24 below them.
    const int last_bit = exponent < -13 ? -24 : exponent - 11;
    const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -last_bit)));
    // A mantissa that rounds up to 2048 carries into the exponent by itself.
    const std::uint32_t bits =
        last_bit == -24 && units < 1024
            ? units
            : (static_cast<std::uint32_t>(last_bit + 25) << 10) + (units - 1024);
    return static_cast<std::uint16_t>(sign | bits);
}

}  // namespace digit
