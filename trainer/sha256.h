// SPDX-License-Identifier: Apache-2.0
// SHA-256 as lower-case hexadecimal.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace digit {

// Of the parts, one after the other.
std::string sha256_hex(std::initializer_list<std::span<const std::uint8_t>> parts);

}  // namespace digit
