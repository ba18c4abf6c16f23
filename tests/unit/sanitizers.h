// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace digit::test {

// Whether the program was built with AddressSanitizer, which has an allocator of its own and looks
// at all memory that a library call may read.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kWithAddressSanitizer = true;
#elif defined(__has_feature)
inline constexpr bool kWithAddressSanitizer = __has_feature(address_sanitizer);
#else
inline constexpr bool kWithAddressSanitizer = false;
#endif

}  // namespace digit::test
