// SPDX-License-Identifier: Apache-2.0
// What one picture may cost. Checked before anything is allocated for it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace digit {

class LargeDecodes;

struct Limits {
    std::size_t max_file_bytes = 1u << 20;
    // Each edge of the picture, in pixels.
    std::uint32_t min_edge = 10;
    std::uint32_t max_edge = 16384;
    // width × height. A baseline JPEG is decoded already reduced, in rows, and may be larger.
    std::uint64_t max_pixels = 16u << 20;
    std::uint64_t max_pixels_baseline_jpeg = 64u << 20;
    // Everything a decoder allocates for one picture, its library's own buffers included.
    std::size_t max_memory_bytes = 30u << 20;
    // CPU time of this thread for one picture, and for all pictures that are classified by one
    // call; checked in the decoders' row and scan callbacks.
    std::uint32_t max_cpu_ms = 250;
    // Where a decode that takes more than an ordinary one is counted; null: nowhere.
    LargeDecodes* large_decodes = nullptr;
};

}  // namespace digit
