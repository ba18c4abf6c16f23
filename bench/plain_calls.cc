// SPDX-License-Identifier: Apache-2.0
#include "bench/plain_calls.h"

#include <cblas.h>
#include <gif_lib.h>
#include <png.h>
// jpeglib.h needs these two.
#include <cstddef>
#include <cstdio>

#include <jpeglib.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace digit::bench {
namespace {

struct Reading {
    File rest;
};

void take(Reading& reading, void* out, std::size_t count) {
    if (count > reading.rest.size()) throw std::runtime_error("the file ends early");
    std::memcpy(out, reading.rest.data(), count);
    reading.rest = reading.rest.subspan(count);
}

}  // namespace

void libpng_decodes(File file) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    Reading reading{file};
    png_set_read_fn(png, &reading, [](png_structp p, png_bytep out, std::size_t count) {
        take(*static_cast<Reading*>(png_get_io_ptr(p)), out, count);
    });
    png_read_info(png, info);
    png_set_scale_16(png);
    png_set_expand(png);
    png_read_update_info(png, info);
    std::vector<std::uint8_t> row(png_get_rowbytes(png, info));
    for (png_uint_32 y = 0; y < png_get_image_height(png, info); ++y)
        png_read_row(png, row.data(), nullptr);
    png_destroy_read_struct(&png, &info, nullptr);
}

void libjpeg_decodes(File file, unsigned denominator) {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);  // ends the program where the file is broken
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, file.data(), file.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_GRAYSCALE;
    info.scale_num = 1;
    info.scale_denom = denominator;
    jpeg_start_decompress(&info);
    std::vector<std::uint8_t> row(info.output_width);
    while (info.output_scanline < info.output_height) {
        JSAMPROW rows[1] = {row.data()};
        jpeg_read_scanlines(&info, rows, 1);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
}

void giflib_decodes(File file) {
    Reading reading{file};
    int error = 0;
    GifFileType* gif = DGifOpen(
        &reading,
        [](GifFileType* g, GifByteType* out, int count) {
            take(*static_cast<Reading*>(g->UserData), out, static_cast<std::size_t>(count));
            return count;
        },
        &error);
    if (gif == nullptr || DGifSlurp(gif) == GIF_ERROR) throw std::runtime_error("no GIF");
    DGifCloseFile(gif, &error);
}

SgemvPass::SgemvPass(const NetworkParameters& network) : network_(network) {
    openblas_set_num_threads(1);
}

float SgemvPass::run(std::span<const std::uint8_t> pixels) {
    in_.assign(pixels.begin(), pixels.end());
    for (float& value : in_) value /= 255;
    for (const DenseLayer& layer : network_.layers) {
        out_ = layer.bias;
        cblas_sgemv(CblasRowMajor, CblasNoTrans, layer.outputs, layer.inputs, 1,
                    layer.weight.data(), layer.inputs, in_.data(), 1, 1, out_.data(), 1);
        if (&layer != &network_.layers.back())
            for (float& value : out_) value = std::max(value, 0.0f);
        std::swap(in_, out_);
    }
    return in_[0];
}

}  // namespace digit::bench
