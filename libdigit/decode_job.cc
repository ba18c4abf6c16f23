// SPDX-License-Identifier: Apache-2.0
#include "libdigit/decode_job.h"

#include <algorithm>

namespace digit {
namespace {

std::string size_text(std::uint32_t width, std::uint32_t height) {
    return std::to_string(width) + "×" + std::to_string(height) + " pixels";
}

}  // namespace

Status check_size(const char* kind, std::uint32_t width, std::uint32_t height,
                  std::uint64_t max_pixels, const Limits& limits) {
    if (std::min(width, height) < limits.min_edge)
        return {Code::kEdgeTooSmall, kind,
                size_text(width, height) + "; each edge needs at least " +
                    std::to_string(limits.min_edge)};
    if (std::max(width, height) > limits.max_edge)
        return {Code::kTooManyPixels, kind,
                size_text(width, height) + "; an edge may have at most " +
                    std::to_string(limits.max_edge)};
    const std::uint64_t pixels = std::uint64_t{width} * height;
    if (pixels > max_pixels)
        return {Code::kTooManyPixels, kind,
                size_text(width, height) + ", together " + std::to_string(pixels) + "; at most " +
                    std::to_string(max_pixels) + " are read"};
    return {};
}

std::uint32_t reduction_factor(std::uint32_t width, std::uint32_t height) {
    const auto cells = [&](std::uint32_t factor) {
        const std::uint64_t across = (std::uint64_t{width} + factor - 1) / factor;
        return across * ((std::uint64_t{height} + factor - 1) / factor);
    };
    std::uint32_t factor = std::max(1u, std::min(width, height) / kWorkingEdge);
    while (cells(factor) > kWorkingPixels) ++factor;
    return std::min(factor, 256u);
}

Status over_memory(const char* where, const Limits& limits) {
    return {Code::kTooExpensive, where,
            "needs more memory than the " + std::to_string(limits.max_memory_bytes >> 10) +
                " KiB that one picture may take"};
}

Status over_time(const char* where, const Limits& limits) {
    return {Code::kTooExpensive, where,
            "takes longer than the " + std::to_string(limits.max_cpu_ms) +
                " ms that one picture may take"};
}

Status ends_early(const char* where, const DecodeJob& job) {
    return {Code::kTruncatedImage, where,
            "the file ends after " + std::to_string(job.file.size()) +
                " bytes, before its picture is complete"};
}

std::string library_message(const char* message) {
    constexpr std::size_t kLongest = 100;
    std::string text;
    for (; *message != '\0' && text.size() < kLongest; ++message)
        text += *message >= ' ' && *message <= '~' ? *message : '?';
    return text;
}

}  // namespace digit
