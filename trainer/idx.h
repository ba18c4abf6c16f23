// SPDX-License-Identifier: Apache-2.0
// The IDX format of MNIST: magic 0 0 type rank, big-endian sizes, then the elements.
// Source: LeCun, Cortes and Burges, "The MNIST database", section "File formats".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libdigit/status.h"

namespace digit {

// One array of unsigned bytes.
struct Idx {
    std::vector<std::uint32_t> sizes;  // the outermost first
    std::vector<std::uint8_t> bytes;   // the product of the sizes
};

// Refuses, with code kIo, whatever is not one complete array of unsigned bytes of `rank`
// dimensions, none of them zero, and nothing after it. where: named in the refusal.
Result<Idx> parse_idx(std::span<const std::uint8_t> file, int rank, const std::string& where);

// The content of a file, uncompressed if it is gzipped; refuses more than `max_bytes`.
// Errors: kIo.
Result<std::vector<std::uint8_t>> read_maybe_gzipped(const std::string& path,
                                                     std::size_t max_bytes = 1u << 30);

}  // namespace digit
