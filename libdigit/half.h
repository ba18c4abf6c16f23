// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary16 as weights files store it. Own code, because clang 14 has no _Float16 on
// plain x86-64 and Highway 1.0 converts only in vectors.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace digit {

// Exact.
inline float float_from_half(std::uint16_t half) {
    const int exponent = half >> 10 & 31;
    const int mantissa = half & 1023;
    float magnitude = 0;
    if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    else if (exponent == 31)
        magnitude = mantissa != 0 ? NAN : INFINITY;
    else
        magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    return half >> 15 != 0 ? -magnitude : magnitude;
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
