// SPDX-License-Identifier: Apache-2.0
#include "libdigit/decode_job.h"

#include <algorithm>

namespace digit {
Status check_size(const char* where, std::uint32_t width, std::uint32_t height,
                  std::uint64_t max_pixels, const Limits& limits, const char* of_what) {
    // Made where it is asked for alone: a refusal's text takes longer than all of these questions.
    const auto size = [=] {
        return std::to_string(width) + "×" + std::to_string(height) + " pixels";
    };
    if (std::min(width, height) < limits.min_edge)
        return {Code::kEdgeTooSmall, where,
                size() + "; each edge needs at least " + std::to_string(limits.min_edge)};
    if (std::max(width, height) > limits.max_edge)
        return {Code::kTooManyPixels, where,
                size() + "; an edge may have at most " + std::to_string(limits.max_edge)};
    const std::uint64_t pixels = std::uint64_t{width} * height;
    if (pixels > max_pixels)
        return {Code::kTooManyPixels, where,
                size() + ", " + std::to_string(pixels) + " in all; at most " +
                    std::to_string(max_pixels) + " are read" + of_what};
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

Status over_memory(const char* where, const DecodeJob& job) {
    if (job.memory.crowded())
        return {Code::kBusy, where,
                "it takes more than " + std::to_string(kOrdinaryDecodeBytes >> 20) +
                    " MiB of memory to decode, and as many such pictures as the server decodes at "
                    "a time are being decoded"};
    return {Code::kTooExpensive, where,
            "it needs more memory than the " + std::to_string(job.limits.max_memory_bytes >> 10) +
                " KiB that one picture may take"};
}

Status over_time(const char* where, const DecodeJob& job) {
    return {Code::kTooExpensive, where,
            "it takes longer than the " + std::to_string(job.limits.max_cpu_ms) +
                " ms of computing time that it may take"};
}

Status no_memory(const char* where, const DecodeJob&) {
    return {Code::kOutOfMemory, where, "there is no memory left"};
}

Status ends_early(const char* where, const DecodeJob& job) {
    return {Code::kTruncatedImage, where,
            "the file ends after " + std::to_string(job.file.size()) +
                " bytes, before its picture is complete"};
}

Picture picture_of(Reducer& reducer, std::uint32_t source_width, std::uint32_t source_height,
                   std::uint32_t scale) {
    const ReducerShape& shape = reducer.shape();
    Picture picture;
    picture.width = shape.reduced_width();
    picture.height = shape.reduced_height();
    picture.channels = shape.channels;
    picture.source_width = source_width;
    picture.source_height = source_height;
    picture.reduction_x = picture.reduction_y = scale * shape.factor;
    picture.pixels = reducer.finish();
    return picture;
}

std::string library_message(const char* message) {
    constexpr std::size_t kLongest = 100;
    std::string text;
    for (; *message != '\0' && text.size() < kLongest; ++message)
        text += *message >= ' ' && *message <= '~' ? *message : '?';
    return text;
}

}  // namespace digit
