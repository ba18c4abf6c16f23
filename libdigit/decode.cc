// SPDX-License-Identifier: Apache-2.0
#include "libdigit/decode.h"

#include <algorithm>
#include <string>

#include "libdigit/decode_job.h"
#include "libdigit/upright.h"

namespace digit {
namespace {

bool starts_with(std::span<const std::uint8_t> file, std::string_view signature) {
    return file.size() >= signature.size() &&
           std::equal(signature.begin(), signature.end(), file.begin(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

Result<Picture> decode_as(ImageFormat format, DecodeJob& job) {
    switch (format) {
        case ImageFormat::kPng:
            return decode_png(job);
        case ImageFormat::kJpeg:
            return decode_jpeg(job);
        case ImageFormat::kGif:
            return decode_gif(job);
    }
    // Unreachable: each format has its case.
    return Status{Code::kInternal, "decode", "unknown format"};
}

}  // namespace

std::optional<ImageFormat> sniff_format(std::span<const std::uint8_t> file) {
    if (starts_with(file, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
    if (starts_with(file, "\xff\xd8\xff")) return ImageFormat::kJpeg;
    if (starts_with(file, "GIF87a") || starts_with(file, "GIF89a")) return ImageFormat::kGif;
    return std::nullopt;
}

std::string_view format_name(ImageFormat format) {
    switch (format) {
        case ImageFormat::kPng:
            return "png";
        case ImageFormat::kJpeg:
            return "jpeg";
        case ImageFormat::kGif:
            return "gif";
    }
    return "unknown";
}

Result<Picture> decode(std::span<const std::uint8_t> file, const Limits& limits, Colour colour,
                       LentBlock* block) {
    if (file.empty()) return Status{Code::kEmptyFile, "", "the file is empty"};
    if (file.size() > limits.max_file_bytes)
        return Status{Code::kFileTooLarge, "",
                      "the file has " + std::to_string(file.size()) + " bytes; at most " +
                          std::to_string(limits.max_file_bytes) + " are read"};
    const std::optional<ImageFormat> format = sniff_format(file);
    if (!format)
        return Status{Code::kNotAnImage, "",
                      "the content is neither PNG, JPEG nor GIF, whatever its name says"};
    DecodeJob job(file, limits, colour, block);
    Result<Picture> picture = decode_as(*format, job);
    if (!picture) return picture;
    picture->format = *format;
    turn_upright(*picture);
    return picture;
}

}  // namespace digit
