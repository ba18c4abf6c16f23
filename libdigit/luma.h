// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace digit {

// Rec. 601 luma in 16-bit fixed point, rounded: what libjpeg stores as Y. The weights sum to 2^16.
inline std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
    return static_cast<std::uint8_t>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
}

}  // namespace digit
