// SPDX-License-Identifier: Apache-2.0
// Memory that threads hand on to each other.
#pragma once

#include <algorithm>
#include <cstddef>

namespace digit {

// The GNU C library keeps freed blocks of up to 1032 bytes for the thread that freed them, and
// gives larger ones to whichever thread asks next. A server has hundreds of threads, of which few
// compute at a time: with blocks of some hundred bytes each of them would keep several kilobytes.
inline constexpr std::size_t kLeastHandedOn = 1040;

// As reserve(), of no less than that.
template <typename Vector>
void reserve_handed_on(Vector& vector, std::size_t count) {
    constexpr std::size_t kLeast = (kLeastHandedOn + sizeof(typename Vector::value_type) - 1) /
                                   sizeof(typename Vector::value_type);
    vector.reserve(std::max(count, kLeast));
}

}  // namespace digit
