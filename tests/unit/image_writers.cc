// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/image_writers.h"

#include <cstddef>
#include <cstdio>

#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include <cstdlib>
#include <stdexcept>

namespace digit::test {
namespace {

void append_u32(Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void set_png_transparency(png_structp png, png_infop info, const PngSpec& spec) {
    if (!spec.palette_alpha.empty())
        png_set_tRNS(png, info, spec.palette_alpha.data(),
                     static_cast<int>(spec.palette_alpha.size()), nullptr);
    if (!spec.has_key) return;
    png_color_16 key{};
    key.gray = spec.key[0];
    key.red = spec.key[0];
    key.green = spec.key[1];
    key.blue = spec.key[2];
    png_set_tRNS(png, info, nullptr, 0, &key);
}

// libpng takes full rows for every pass and picks the pass's pixels itself.
void write_png_rows(png_structp png, const PngSpec& spec) {
    const int passes = png_set_interlace_handling(png);
    const std::size_t row_bytes = spec.rows.size() / spec.height;
    for (int pass = 0; pass < passes; ++pass)
        for (std::size_t y = 0; y < spec.height; ++y)
            png_write_row(png, spec.rows.data() + y * row_bytes);
}

}  // namespace

int png_samples(int colour_type) {
    switch (colour_type) {
        case 2:
            return 3;
        case 4:
            return 2;
        case 6:
            return 4;
        default:
            return 1;
    }
}

Bytes write_png(const PngSpec& spec) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    Bytes out;
    png_set_write_fn(
        png, &out,
        [](png_structp writer, png_bytep data, png_size_t size) {
            Bytes& bytes = *static_cast<Bytes*>(png_get_io_ptr(writer));
            bytes.insert(bytes.end(), data, data + size);
        },
        [](png_structp) {});
    png_set_IHDR(png, info, spec.width, spec.height, spec.depth, spec.colour_type,
                 spec.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<png_color> palette;
    for (const auto& c : spec.palette) palette.push_back({c[0], c[1], c[2]});
    if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    set_png_transparency(png, info, spec);
    png_write_info(png, info);
    write_png_rows(png, spec);
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

Bytes png_signature() { return {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}; }

Bytes png_chunk(const std::string& type, const Bytes& content) {
    Bytes out;
    append_u32(out, static_cast<std::uint32_t>(content.size()));
    out.insert(out.end(), type.begin(), type.end());
    out.insert(out.end(), content.begin(), content.end());
    append_u32(out, static_cast<std::uint32_t>(
                        crc32(0, out.data() + 4, static_cast<uInt>(out.size() - 4))));
    return out;
}

Bytes png_header(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                 bool interlaced) {
    Bytes content;
    append_u32(content, width);
    append_u32(content, height);
    content.push_back(static_cast<std::uint8_t>(depth));
    content.push_back(static_cast<std::uint8_t>(colour_type));
    content.insert(content.end(), {0, 0, static_cast<std::uint8_t>(interlaced)});
    return png_chunk("IHDR", content);
}

Bytes zlib_compress(const Bytes& content) {
    uLongf size = compressBound(static_cast<uLong>(content.size()));
    Bytes out(size);
    if (compress2(out.data(), &size, content.data(), static_cast<uLong>(content.size()), 9) != Z_OK)
        throw std::runtime_error("zlib");
    out.resize(size);
    return out;
}

namespace {

void set_jpeg_colours(jpeg_compress_struct& info, const JpegSpec& spec) {
    info.input_components = spec.colour == JpegColour::kGrey ? 1 : 3;
    info.in_color_space = spec.colour == JpegColour::kGrey ? JCS_GRAYSCALE : JCS_RGB;
    if (spec.colour == JpegColour::kCmyk || spec.colour == JpegColour::kYcck) {
        info.input_components = 4;
        info.in_color_space = JCS_CMYK;
    }
    jpeg_set_defaults(&info);
    if (spec.colour == JpegColour::kRgb) jpeg_set_colorspace(&info, JCS_RGB);
    if (spec.colour == JpegColour::kYcck) jpeg_set_colorspace(&info, JCS_YCCK);
    if (spec.colour == JpegColour::kCmyk && !spec.adobe) info.write_Adobe_marker = FALSE;
    if (spec.colour == JpegColour::kYcbcr && !spec.subsampled)
        info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
}

// One scan a component, as old scanners write; or for grey one scan and then refinements of
// nothing.
std::vector<jpeg_scan_info> scans_of(const jpeg_compress_struct& info, const JpegSpec& spec) {
    std::vector<jpeg_scan_info> scans;
    if (spec.separate_scans)
        for (int c = 0; c < info.num_components; ++c)
            scans.push_back({1, {c, 0, 0, 0}, 0, 63, 0, 0});
    if (spec.repeated_scans > 0) {
        scans.push_back({1, {0, 0, 0, 0}, 0, 0, 0, 0});
        scans.push_back({1, {0, 0, 0, 0}, 1, 63, 0, 0});
    }
    return scans;
}

// The last scan of a file, from its SOS marker to the end marker, again and again.
void repeat_last_scan(Bytes& file, int times) {
    std::size_t start = 0;
    for (std::size_t i = 0; i + 1 < file.size(); ++i)
        if (file[i] == 0xff && file[i + 1] == 0xda) start = i;
    const Bytes scan(file.begin() + static_cast<std::ptrdiff_t>(start), file.end() - 2);
    for (int i = 0; i < times; ++i) file.insert(file.end() - 2, scan.begin(), scan.end());
}

void write_jpeg_rows(jpeg_compress_struct& info, const JpegSpec& spec) {
    const std::size_t row_bytes =
        std::size_t{spec.width} * static_cast<std::size_t>(info.input_components);
    const bool inverted =
        info.input_components == 4 && (spec.colour == JpegColour::kYcck || spec.adobe);
    for (std::size_t y = 0; y < spec.height; ++y) {
        Bytes row(spec.pixels.begin() + static_cast<std::ptrdiff_t>(y * row_bytes),
                  spec.pixels.begin() + static_cast<std::ptrdiff_t>((y + 1) * row_bytes));
        if (inverted)
            for (std::uint8_t& sample : row) sample = static_cast<std::uint8_t>(255 - sample);
        JSAMPROW rows[1] = {row.data()};
        jpeg_write_scanlines(&info, rows, 1);
    }
}

}  // namespace

Bytes write_jpeg(const JpegSpec& spec) {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);
    info.image_width = spec.width;
    info.image_height = spec.height;
    set_jpeg_colours(info, spec);
    jpeg_set_quality(&info, spec.quality, TRUE);
    if (spec.progressive) jpeg_simple_progression(&info);
    const std::vector<jpeg_scan_info> scans = scans_of(info, spec);
    if (!scans.empty()) {
        info.scan_info = scans.data();
        info.num_scans = static_cast<int>(scans.size());
    }
    info.arith_code = spec.arithmetic;
    info.restart_interval = spec.restart_interval;
    jpeg_start_compress(&info, TRUE);
    if (!spec.app1.empty())
        jpeg_write_marker(&info, JPEG_APP0 + 1, spec.app1.data(),
                          static_cast<unsigned>(spec.app1.size()));
    write_jpeg_rows(info, spec);
    jpeg_finish_compress(&info);
    Bytes out(memory, memory + size);
    jpeg_destroy_compress(&info);
    std::free(memory);
    repeat_last_scan(out, spec.repeated_scans);
    return out;
}

Bytes exif_app1(int orientation) {
    return {
        'E', 'x', 'i', 'f',  0,    0, 'M', 'M', 0, 42, 0, 0, 0,
        8,   0,   1,   0x01, 0x12, 0, 3,   0,   0, 0,  1, 0, static_cast<std::uint8_t>(orientation),
        0,   0,   0,   0,    0,    0};
}

namespace {

void write_gif_frame(GifFileType* gif, const GifSpec& spec, ColorMapObject* palette) {
    if (spec.transparent >= 0) {
        GraphicsControlBlock control{};
        control.TransparentColor = spec.transparent;
        GifByteType block[4];
        EGifGCBToExtension(&control, block);
        EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, sizeof block, block);
    }
    const int width = spec.frame_width > 0 ? spec.frame_width : spec.width;
    const int height = spec.frame_height > 0 ? spec.frame_height : spec.height;
    EGifPutImageDesc(gif, spec.left, spec.top, width, height, spec.interlaced,
                     spec.local_palette ? palette : nullptr);
    static constexpr int kFirst[] = {0, 4, 2, 1};
    static constexpr int kStep[] = {8, 8, 4, 2};
    for (int pass = 0; pass < (spec.interlaced ? 4 : 1); ++pass)
        for (int y = spec.interlaced ? kFirst[pass] : 0; y < height;
             y += spec.interlaced ? kStep[pass] : 1) {
            Bytes line(spec.pixels.begin() + y * width, spec.pixels.begin() + (y + 1) * width);
            EGifPutLine(gif, line.data(), width);
        }
}

}  // namespace

Bytes write_gif(const GifSpec& spec) {
    Bytes out;
    int error = 0;
    GifFileType* gif = EGifOpen(
        &out,
        [](GifFileType* writer, const GifByteType* data, int size) {
            Bytes& bytes = *static_cast<Bytes*>(writer->UserData);
            bytes.insert(bytes.end(), data, data + size);
            return size;
        },
        &error);
    std::vector<GifColorType> colours;
    for (const auto& c : spec.palette) colours.push_back({c[0], c[1], c[2]});
    ColorMapObject* palette = GifMakeMapObject(static_cast<int>(colours.size()), colours.data());
    EGifSetGifVersion(gif, true);
    EGifPutScreenDesc(gif, spec.width, spec.height, 8, 0, spec.local_palette ? nullptr : palette);
    for (int i = 0; i < spec.frames; ++i) write_gif_frame(gif, spec, palette);
    EGifCloseFile(gif, &error);
    GifFreeMapObject(palette);
    return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes cut(const Bytes& bytes, std::size_t size) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace digit::test
