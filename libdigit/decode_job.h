// SPDX-License-Identifier: Apache-2.0
// One picture being decoded: what it may cost, and the refusals that all decoders share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libdigit/cpu_deadline.h"
#include "libdigit/decode.h"
#include "libdigit/limits.h"
#include "libdigit/memory_budget.h"
#include "libdigit/picture.h"
#include "libdigit/reducer.h"
#include "libdigit/status.h"

namespace digit {

struct DecodeJob {
    DecodeJob(std::span<const std::uint8_t> bytes, const Limits& given, Colour wanted,
              LentBlock* lent)
        : file(bytes),
          limits(given),
          colour(wanted),
          memory(given.max_memory_bytes, given.large_decodes),
          deadline(given.max_cpu_ms),
          block(lent) {
        if (block != nullptr) block->clear();
    }

    std::span<const std::uint8_t> file;
    const Limits& limits;
    Colour colour;
    MemoryBudget memory;
    CpuDeadline deadline;
    LentBlock* block;  // may be null

    // For the picture: a Reducer's.
    std::vector<std::uint8_t> pixel_memory() {
        return block != nullptr ? block->take_pixels() : std::vector<std::uint8_t>();
    }
};

// Each returns a picture whose pixels are reduced but not yet upright; `orientation` says how it
// lies. The file has been sniffed already.
Result<Picture> decode_png(DecodeJob& job);
Result<Picture> decode_jpeg(DecodeJob& job);
Result<Picture> decode_gif(DecodeJob& job);

// kOk, kEdgeTooSmall or kTooManyPixels. `of_what` ends the sentence about `max_pixels` where that
// limit is not the same for all pictures of the format: " of a progressive one".
Status check_size(const char* where, std::uint32_t width, std::uint32_t height,
                  std::uint64_t max_pixels, const Limits& limits, const char* of_what = "");

// Source pixels per pixel along each axis: see kWorkingEdge and kWorkingPixels. 1 to 256.
std::uint32_t reduction_factor(std::uint32_t width, std::uint32_t height);

// The refusals; `where` is the format in capitals.
using Refusal = Status (*)(const char* where, const DecodeJob& job);
Status over_memory(const char* where, const DecodeJob& job);
Status over_time(const char* where, const DecodeJob& job);
Status no_memory(const char* where, const DecodeJob& job);
Status ends_early(const char* where, const DecodeJob& job);

// What the reducer holds, with its sizes; `scale` is what the library reduced by before it.
Picture picture_of(Reducer& reducer, std::uint32_t source_width, std::uint32_t source_height,
                   std::uint32_t scale);

// A library's message, fit for people: printable ASCII, at most 100 characters.
std::string library_message(const char* message);

}  // namespace digit
