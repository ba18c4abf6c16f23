// SPDX-License-Identifier: Apache-2.0
// What directives take as numbers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace digit {

// What a numeric directive accepts, and how its refusal reads.
struct NumberRule {
    std::string_view what;      // "a size in bytes"
    std::string_view examples;  // "1048576, 512K or 1M"
    std::uint64_t least;
    std::uint64_t most;
    bool units;  // whether K (1024) and M (1048576) may follow
};

// Enough for any scan, and what a worker can hold for each of its requests.
inline constexpr NumberRule kFileSizeRule{"a size in bytes", "1048576, 512K or 1M", 1024, 64u << 20,
                                          true};
// A picture whose digit is worth guessing has a few pixels and none needs a thousand.
inline constexpr NumberRule kMinEdgeRule{"a number of pixels", "10", 1, 1000, false};
// Of kGoldenPictures; 0 leaves the trial out.
inline constexpr NumberRule kMinGoldenRule{"a number of golden pictures", "8", 0, 10, false};
// Each may take Limits::max_memory_bytes.
inline constexpr NumberRule kMaxLargeDecodesRule{"a number of pictures", "16", 1, 4096, false};
// In binary like the limits of the core: 4096 × 4096 is 16M.
inline constexpr NumberRule kMaxPixelsRule{"a number of pixels", "16777216, 512K or 16M", 100,
                                           256u << 20, true};

// A thread is not kept for longer than it takes to notice.
inline constexpr NumberRule kKeepAliveWaitRule{"a number of milliseconds", "25", 0, 1000, false};

// 28×28 pictures of about half a kilobyte; a million of them train better than anyone needs.
inline constexpr NumberRule kFeedbackLimitRule{"a number of pictures", "10000 or 64K", 1, 1000000,
                                               true};

// The number, or a sentence that says what to write instead:
// "'12x' is not a size in bytes; write a whole number from 1024 to 67108864, such as …".
std::variant<std::uint64_t, std::string> parse_number(std::string_view text,
                                                      const NumberRule& rule);

}  // namespace digit
