// SPDX-License-Identifier: Apache-2.0
// What ties an answer, a line of the log and a client's own records together. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace digit {

inline constexpr std::size_t kMaxRequestIdBytes = 128;

// Whether a client's id may be repeated in headers and logs: 1 to 128 of A-Z a-z 0-9 and
// . _ ~ + / = @ : -, which neither break a line nor mean anything to a shell, HTML or JSON.
bool is_request_id(std::string_view id);

// 16 hexadecimal digits, different at each call with a probability that suits a log.
using RequestId = std::array<char, 16>;
RequestId new_request_id();

}  // namespace digit
