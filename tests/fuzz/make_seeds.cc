// SPDX-License-Identifier: Apache-2.0
// Writes the seed corpora, one folder a target, below the folder named on the command line:
//   make tests/fuzz/make_seeds && tests/fuzz/make_seeds ../tests/fuzz/corpus
// One small input for each way through the code, the known traps among them.
#include <nettle/base64.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "libdigit/weights_file.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

namespace fs = std::filesystem;

fs::path root;

void write(const std::string& name, const Bytes& bytes) {
    const fs::path path = root / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

void write(const std::string& name, const std::string& text) {
    write(name, Bytes(text.begin(), text.end()));
}

// A seven: 0 is paper, 1 is ink.
int ink_at(std::uint32_t x, std::uint32_t y, std::uint32_t edge) {
    const double u = (x + 0.5) / edge;
    const double v = (y + 0.5) / edge;
    const bool bar = v > 0.2 && v < 0.3 && u > 0.25 && u < 0.75;
    const bool stroke = v >= 0.3 && v < 0.8 && std::fabs(u - (0.75 - 0.6 * (v - 0.3))) < 0.06;
    return bar || stroke ? 1 : 0;
}

// ---- PNG -------------------------------------------------------------------------------------

PngSpec png_spec(int colour_type, int depth, bool interlaced, std::uint32_t edge = 28) {
    PngSpec spec;
    spec.width = spec.height = edge;
    spec.depth = depth;
    spec.colour_type = colour_type;
    spec.interlaced = interlaced;
    if (colour_type == 3) spec.palette = {{255, 255, 255}, {20, 20, 120}};
    const auto samples = static_cast<std::size_t>(png_samples(colour_type));
    for (std::uint32_t y = 0; y < edge; ++y) {
        Bytes row((edge * samples * static_cast<std::size_t>(depth) + 7) / 8);
        for (std::uint32_t x = 0; x < edge; ++x)
            for (std::size_t s = 0; s < samples; ++s) {
                const bool alpha = (colour_type & 4) != 0 && s == samples - 1;
                const bool set = alpha || (ink_at(x, y, edge) == 1) == (colour_type == 3);
                const std::size_t bit = (x * samples + s) * static_cast<std::size_t>(depth);
                const int bits = colour_type == 3 ? 1 : depth;
                for (int i = 0; set && i < bits; ++i) {
                    const std::size_t at = bit + static_cast<std::size_t>(depth - 1 - i);
                    row[at / 8] = static_cast<std::uint8_t>(row[at / 8] | 0x80 >> at % 8);
                }
            }
        spec.rows.insert(spec.rows.end(), row.begin(), row.end());
    }
    return spec;
}

Bytes grey_rows(std::uint32_t edge) {
    Bytes rows;
    for (std::uint32_t y = 0; y < edge; ++y) {
        rows.push_back(0);
        for (std::uint32_t x = 0; x < edge; ++x) rows.push_back(ink_at(x, y, edge) == 1 ? 0 : 255);
    }
    return rows;
}

// Grey 28×28 with chunks before and data behind its pixels.
Bytes png_with(const Bytes& chunks, const Bytes& surplus = {}) {
    return png_signature() + png_header(28, 28, 8, 0, false) + chunks +
           png_chunk("IDAT", zlib_compress(grey_rows(28) + surplus)) + png_chunk("IEND", {});
}

void write_pngs() {
    for (const auto& [type, depths] : {std::pair<int, std::vector<int>>{0, {1, 2, 4, 8, 16}},
                                       {2, {8, 16}},
                                       {3, {1, 2, 4, 8}},
                                       {4, {8, 16}},
                                       {6, {8, 16}}})
        for (const int depth : depths)
            for (const bool interlaced : {false, true})
                write("png/type" + std::to_string(type) + "-" + std::to_string(depth) +
                          (interlaced ? "-interlaced.png" : ".png"),
                      write_png(png_spec(type, depth, interlaced)));
    PngSpec key = png_spec(0, 8, false);
    key.has_key = true;
    write("png/key.png", write_png(key));
    PngSpec translucent = png_spec(3, 1, false);
    translucent.palette_alpha = {0, 255};
    write("png/translucent-palette.png", write_png(translucent));
    write("png/reduced.png", write_png(png_spec(0, 1, false, 500)));
    const Bytes packed = zlib_compress(grey_rows(28));
    write("png/two-idat.png",
          png_signature() + png_header(28, 28, 8, 0, false) + png_chunk("IDAT", cut(packed, 20)) +
              png_chunk("IDAT", Bytes(packed.begin() + 20, packed.end())) + png_chunk("IEND", {}));
    const Bytes flood = zlib_compress(Bytes(1 << 20, 0));
    write("png/surplus-idat.png", png_with({}, Bytes(1 << 20, 0)));
    write("png/ztxt-bomb.png", png_with(png_chunk("zTXt", Bytes{'a', 0, 0} + flood)));
    write("png/iccp-bomb.png", png_with(png_chunk("iCCP", Bytes{'a', 0, 0} + flood)));
    const Bytes app1 = exif_app1(6);
    write("png/orientation.png", png_with(png_chunk("eXIf", Bytes(app1.begin() + 6, app1.end()))));
    write("png/unknown-critical.png", png_with(png_chunk("ABCD", {1, 2, 3})));
    write("png/vast.png", png_signature() + png_header(0x7fffffff, 0x7fffffff, 8, 0, false) +
                              png_chunk("IDAT", zlib_compress({0})));
}

// ---- JPEG ------------------------------------------------------------------------------------

JpegSpec jpeg_spec(JpegColour colour, std::uint32_t edge = 32) {
    JpegSpec spec;
    spec.width = spec.height = edge;
    spec.colour = colour;
    spec.quality = 75;
    const int bytes = colour == JpegColour::kGrey                                  ? 1
                      : colour == JpegColour::kCmyk || colour == JpegColour::kYcck ? 4
                                                                                   : 3;
    for (std::uint32_t y = 0; y < edge; ++y)
        for (std::uint32_t x = 0; x < edge; ++x)
            for (int b = 0; b < bytes; ++b)
                spec.pixels.push_back(ink_at(x, y, edge) == 1 ? 20 : 235);
    return spec;
}

void write_jpegs() {
    write("jpeg/grey.jpg", write_jpeg(jpeg_spec(JpegColour::kGrey)));
    write("jpeg/ycbcr.jpg", write_jpeg(jpeg_spec(JpegColour::kYcbcr)));
    write("jpeg/rgb.jpg", write_jpeg(jpeg_spec(JpegColour::kRgb)));
    write("jpeg/cmyk.jpg", write_jpeg(jpeg_spec(JpegColour::kCmyk)));
    write("jpeg/ycck.jpg", write_jpeg(jpeg_spec(JpegColour::kYcck)));
    write("jpeg/eighth.jpg", write_jpeg(jpeg_spec(JpegColour::kGrey, 2000)));
    JpegSpec spec = jpeg_spec(JpegColour::kYcbcr);
    spec.subsampled = true;
    spec.restart_interval = 2;
    write("jpeg/subsampled-restarts.jpg", write_jpeg(spec));
    spec.progressive = true;
    write("jpeg/progressive.jpg", write_jpeg(spec));
    spec.app1 = exif_app1(6);
    write("jpeg/orientation.jpg", write_jpeg(spec));
    // The offset of the next directory points back at the first.
    spec.app1.back() = 8;
    write("jpeg/exif-loop.jpg", write_jpeg(spec));
    spec = jpeg_spec(JpegColour::kYcbcr);
    spec.separate_scans = true;
    write("jpeg/scans.jpg", write_jpeg(spec));
    spec = jpeg_spec(JpegColour::kGrey);
    spec.arithmetic = true;
    write("jpeg/arithmetic.jpg", write_jpeg(spec));
    spec = jpeg_spec(JpegColour::kGrey);
    spec.progressive = true;
    spec.repeated_scans = 200;
    write("jpeg/many-scans.jpg", write_jpeg(spec));
}

// ---- GIF -------------------------------------------------------------------------------------

GifSpec gif_spec(int edge = 28) {
    GifSpec spec;
    spec.width = spec.height = edge;
    spec.palette = {{255, 255, 255}, {20, 20, 120}};
    for (int y = 0; y < edge; ++y)
        for (int x = 0; x < edge; ++x)
            spec.pixels.push_back(static_cast<std::uint8_t>(
                ink_at(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                       static_cast<std::uint32_t>(edge))));
    return spec;
}

void write_gifs() {
    write("gif/plain.gif", write_gif(gif_spec()));
    GifSpec spec = gif_spec();
    spec.interlaced = spec.local_palette = true;
    write("gif/interlaced.gif", write_gif(spec));
    spec.transparent = 0;
    spec.frames = 20;
    write("gif/frames.gif", write_gif(spec));
    spec = gif_spec();
    spec.frame_width = spec.frame_height = 28;
    spec.width = spec.height = 60;
    spec.left = 10;
    spec.top = 20;
    write("gif/small-frame.gif", write_gif(spec));
    spec.width = spec.height = 5;
    write("gif/small-screen.gif", write_gif(spec));
    spec.width = spec.height = 65535;
    write("gif/vast-screen.gif", write_gif(spec));
    write("gif/reduced.gif", write_gif(gif_spec(500)));
}

// ---- Forms and requests ----------------------------------------------------------------------

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string part(const std::string& headers, const std::string& content) {
    return "--XbX\r\n" + headers + "\r\n\r\n" + content + "\r\n";
}

const std::string kForm = "multipart/form-data; boundary=XbX\n";
const std::string kFile = "Content-Disposition: form-data; name=\"myfile\"; filename=\"7.png\"";

void write_forms() {
    const std::string one = part(kFile + "\r\nContent-Type: image/png", "picture");
    write("multipart/one", kForm + one + "--XbX--\r\n");
    write("multipart/many",
          kForm + one + part("Content-Disposition: form-data; name=a", "1") + one + "--XbX--");
    write("multipart/quoted-boundary",
          "Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\"\n--a b;c\r\n" + kFile +
              "\r\n\r\nx\r\n--a b;c--");
    write("multipart/preamble",
          kForm + "before\r\n" + one + "--XbX \t\r\n" + kFile + "\r\n\r\n--XbX--\r\nafter");
    write("multipart/folded",
          kForm +
              part("Content-Disposition: form-data;\r\n name=\"a\\\"b\";\r\n\tfilename=\"\"",
                   "\r\n--Xb\r\n--XbXy\r\n") +
              "--XbX--");
    write("multipart/escapes",
          kForm + part("content-disposition: form-data; filename*=UTF-8''%e2; name=\"m\"", "") +
              "--XbX--");
    write("multipart/cut", kForm + one);
    write("multipart/lf", kForm + "--XbX\n" + kFile + "\n\nx\n--XbX--\n");
    write("multipart/no-boundary", "multipart/form-data\n" + one);
    write("multipart/two-boundaries", "multipart/form-data; boundary=a; boundary=b\n" + one);
}

void write_requests() {
    const std::string png = text_of(write_png(png_spec(0, 8, false)));
    const std::string jpeg = text_of(write_jpeg(jpeg_spec(JpegColour::kYcbcr)));
    const std::string gif = text_of(write_gif(gif_spec()));
    write("request/form", "POST / text/html\n" + kForm + part(kFile, png) + "--XbX--\r\n");
    write("request/api", "POST /curl-api?explain=1&probabilities */*\n" + kForm + part(kFile, gif) +
                             part(kFile, "no picture") + part(kFile, jpeg) + "--XbX--\r\n");
    write("request/raw-png", "POST /curl-api?explain image/webp;q=0.5\nimage/png\n" + png);
    write("request/raw-jpeg", "PUT /curl-api text/plain, */*;q=0.1\n\n" + jpeg);
    write("request/raw-gif", "POST /curl-api application/json\n" + kForm + gif);
    write("request/blank",
          "POST /curl-api text/plain\nimage/png\n" +
              text_of(png_signature() + png_header(28, 28, 8, 0, false) +
                      png_chunk("IDAT", zlib_compress(Bytes(28 * 29, 0))) + png_chunk("IEND", {})));
    write("request/empty", "POST /curl-api \nimage/png\n");
    write("request/no-field", "POST / text/html\n" + kForm +
                                  part("Content-Disposition: form-data; name=\"other\"", png) +
                                  "--XbX--\r\n");
}

// ---- Inference requests ----------------------------------------------------------------------

std::string base64(const Bytes& bytes) {
    std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
    base64_encode_raw(text.data(), bytes.size(), bytes.data());
    return text;
}

std::string tensor(const std::string& name, const std::string& datatype, const std::string& shape,
                   const std::string& rest) {
    return R"({"name":")" + name + R"(","datatype":")" + datatype + R"(","shape":)" + shape + "," +
           rest + "}";
}

std::string inputs(const std::string& tensors, const std::string& more = "") {
    return R"({"id":"7",)" + more + R"("inputs":[)" + tensors + "]}";
}

// With the header that tells where the JSON ends.
std::string with_binary(const std::string& json, const std::string& binary) {
    return std::to_string(json.size()) + "\n" + json + binary;
}

std::string binary_size(std::size_t bytes) {
    return R"("parameters":{"binary_data_size":)" + std::to_string(bytes) + "}";
}

void write_inference_requests() {
    const Bytes gif = write_gif(gif_spec());
    std::string numbers;
    std::string pixels;
    for (std::uint32_t y = 0; y < 28; ++y)
        for (std::uint32_t x = 0; x < 28; ++x) {
            const bool ink = ink_at(x, y, 28) == 1;
            numbers += numbers.empty() ? "" : ",";
            numbers += ink ? "1" : "0.0";
            pixels += ink ? '\xff' : '\0';
        }
    write("inference/base64",
          "\n" + inputs(tensor("image", "BYTES", "[1]", R"("data":[")" + base64(gif) + "\"]")));
    write("inference/numbers",
          "\n" + inputs(tensor("pixels", "FP32", "[1,28,28]", R"("data":[)" + numbers + "]"),
                        R"("outputs":[{"name":"digit"}],)"));
    write("inference/binary-pixels",
          with_binary(inputs(tensor("pixels", "UINT8", "[2,28,28]", binary_size(2 * 784)),
                             R"("parameters":{"binary_data_output":true},)"),
                      pixels + pixels));
    const std::string length{static_cast<char>(gif.size() % 256),
                             static_cast<char>(gif.size() / 256), 0, 0};
    write("inference/binary-image",
          with_binary(
              inputs(tensor("image", "BYTES", "[1]", binary_size(gif.size() + 4)),
                     R"("outputs":[{"name":"probabilities","parameters":{"binary_data":true}}],)"),
              length + text_of(gif)));
    write("inference/one-picture", "0\n" + text_of(gif));
    write("inference/nested",
          "\n" + inputs(tensor("image", "BYTES", "[1]", R"("x":[[[{"y":[null,-1,true]}]]])")));
    write("inference/broken",
          "\n"
          R"({"inputs":[{"name":"a\u00)");
    write("inference/vast-shape",
          "\n" + inputs(tensor("pixels", "FP32", "[18446744073709551615,28,28]",
                               R"("data":[1e400])")));
}

// So that the tensors may change and still be read.
std::string without_digest(std::string file) {
    const std::string key = "\"tensors_sha256\"";
    file.replace(file.find(key), key.size(), "\"tensors_other!\"");
    return file;
}

std::string with_all_zeros(const NetworkParameters& network) {
    return without_digest(file_with_zeros(network, WeightsDtype::kI8));
}

void write_weights_files() {
    NetworkParameters parameters = random_network({784, 1, 10}, Activation::kRelu);
    parameters.metadata = {{"temperature", "1.25"}, {"uncertain_below", "0.5"}};
    const std::string file = serialise_weights(parameters, WeightsDtype::kF16);
    write("weights/f16.safetensors", file);
    write("weights/no-digest.safetensors", without_digest(file));
    write("weights/i8.safetensors", serialise_weights(parameters, WeightsDtype::kI8));
    const auto fields = network_with_fields({{12, 8}}, {784, 9, 10}, Activation::kRelu);
    write("weights/fields.safetensors", with_all_zeros(fields));
    write("weights/fields-alone.safetensors",
          without_digest(serialise_weights(fields, WeightsDtype::kI8)));
    auto chain = network_with_fields({{28, 1}, {1, 1}}, {784, 16, 16, 10}, Activation::kRelu);
    write("weights/fields-of-fields.safetensors", with_all_zeros(chain));
    add_early_exit(chain, 2, 0);
    write("weights/fields-and-exit.safetensors", with_all_zeros(chain));
    chain = network_with_fields({{12, 8}, {2, 1}}, {784, 9, 4, 10}, Activation::kRelu);
    add_early_exit(chain, 2, 0);
    write("weights/fields-of-fields-alone.safetensors",
          without_digest(serialise_weights(chain, WeightsDtype::kI8)));
    parameters = random_network({784, 1, 2, 10}, Activation::kTanh);
    write("weights/f32.safetensors", serialise_weights(parameters, WeightsDtype::kF32));
}

}  // namespace
}  // namespace digit::test

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    digit::test::root = argv[1];
    digit::test::write_pngs();
    digit::test::write_jpegs();
    digit::test::write_gifs();
    digit::test::write_forms();
    digit::test::write_requests();
    digit::test::write_inference_requests();
    digit::test::write_weights_files();
    return 0;
}
