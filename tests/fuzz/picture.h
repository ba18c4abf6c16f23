// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace digit::fuzz {

// Decodes and frames the file as a request would and checks what both promise.
void check_picture(std::span<const std::uint8_t> file);

}  // namespace digit::fuzz
