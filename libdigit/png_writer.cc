// SPDX-License-Identifier: Apache-2.0
#include "libdigit/png_writer.h"

#include <nettle/base64.h>
#include <zlib.h>

#include <new>
#include <string_view>

namespace digit {

namespace {

using Bytes = std::vector<std::uint8_t>;

void put_number(Bytes& out, std::uint32_t number) {
    for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void put_chunk(Bytes& out, std::string_view type, std::span<const std::uint8_t> content) {
    put_number(out, static_cast<std::uint32_t>(content.size()));
    const std::size_t checked = out.size();
    out.insert(out.end(), type.begin(), type.end());
    out.insert(out.end(), content.begin(), content.end());
    put_number(out, static_cast<std::uint32_t>(
                        crc32(0, out.data() + checked, static_cast<uInt>(out.size() - checked))));
}

}  // namespace

Bytes encode_png(std::span<const std::uint8_t> pixels, std::uint32_t width, std::uint32_t height,
                 int channels) {
    Bytes header;
    put_number(header, width);
    put_number(header, height);
    const std::uint8_t colour_type = channels == 3 ? 2 : 0;
    for (std::uint8_t byte :
         {std::uint8_t{8}, colour_type, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}})
        header.push_back(byte);

    const std::size_t row_bytes = std::size_t{width} * static_cast<std::size_t>(channels);
    Bytes rows;
    rows.reserve((row_bytes + 1) * height);
    for (std::size_t y = 0; y < height; ++y) {
        const std::span<const std::uint8_t> row = pixels.subspan(y * row_bytes, row_bytes);
        rows.push_back(0);
        rows.insert(rows.end(), row.begin(), row.end());
    }
    uLongf size = compressBound(rows.size());
    Bytes compressed(size);
    // All that can go wrong where the bound is kept is that zlib gets no memory.
    if (compress2(compressed.data(), &size, rows.data(), rows.size(), Z_BEST_SPEED) != Z_OK)
        throw std::bad_alloc();
    compressed.resize(size);

    Bytes file = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    put_chunk(file, "IHDR", header);
    put_chunk(file, "IDAT", compressed);
    put_chunk(file, "IEND", {});
    return file;
}

std::string data_uri(std::span<const std::uint8_t> png) {
    std::string text = "data:image/png;base64,";
    const std::size_t begin = text.size();
    text.resize(begin + BASE64_ENCODE_RAW_LENGTH(png.size()));
    base64_encode_raw(text.data() + begin, png.size(), png.data());
    return text;
}

}  // namespace digit
