// SPDX-License-Identifier: Apache-2.0
// Each stage of a request alone, beside the plain library call that bounds it, in interleaved
// rounds, as a Markdown table:
//     bench/stages WEIGHTS [ROUNDS [PART OF A STAGE'S NAME]]
#define HWY_WANT_AVX3_DL  // as libdigit/network.cc, so that its AVX-512 with VNNI is listed too
#include <hwy/targets.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include "bench/plain_calls.h"
#include "bench/stopwatch.h"
#include "libdigit/classify.h"
#include "libdigit/scratch_vector.h"
#include "libdigit/weights_file.h"
#include "mod_digit/answer.h"
#include "mod_digit/multipart.h"
#include "tests/unit/drawing.h"
#include "tests/unit/image_writers.h"
#include "trainer/blas_kernels.h"

namespace digit::bench {
namespace {

using test::Bytes;

// Keeps the compiler from dropping work whose result nobody reads.
volatile std::size_t sink;

Picture drawn(int digit, int width, int height, int channels) {
    test::Canvas canvas;
    const double edge = std::min(width, height);
    canvas.width = width;
    canvas.height = height;
    canvas.size = 0.6 * edge;
    canvas.x = (width - 0.7 * canvas.size) / 2;
    canvas.y = 0.2 * edge;
    canvas.pen = 0.08 * edge;
    canvas.channels = channels;
    return test::draw(digit, canvas);
}

Bytes png(int edge) {
    test::PngSpec spec;
    spec.width = spec.height = static_cast<std::uint32_t>(edge);
    spec.rows = drawn(7, edge, edge, 1).pixels;
    return test::write_png(spec);
}

Bytes gif(int edge) {
    test::GifSpec spec;
    spec.width = spec.height = edge;
    for (int level = 0; level < 256; ++level) {
        const auto grey = static_cast<std::uint8_t>(level);
        spec.palette.push_back({grey, grey, grey});
    }
    spec.pixels = drawn(7, edge, edge, 1).pixels;
    return test::write_gif(spec);
}

// As a camera writes it: chroma at half resolution, noise.
test::JpegSpec photo(int width, int height) {
    Picture picture = drawn(7, width, height, 3);
    test::add_noise(picture, 6);
    test::JpegSpec spec;
    spec.width = picture.width;
    spec.height = picture.height;
    spec.colour = test::JpegColour::kYcbcr;
    spec.subsampled = true;
    spec.quality = 75;
    spec.pixels = std::move(picture.pixels);
    return spec;
}

// In the best quality that takes no more than `bytes`.
Bytes photo_of(int width, int height, std::size_t bytes) {
    test::JpegSpec spec = photo(width, height);
    for (int low = 30, high = 96; low + 1 < high;) {
        spec.quality = (low + high) / 2;
        (test::write_jpeg(spec).size() <= bytes ? low : high) = spec.quality;
        if (low + 1 == high) spec.quality = low;
    }
    return test::write_jpeg(spec);
}

std::string size_of(const Bytes& file) { return std::to_string(file.size()) + " bytes"; }

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "bench/stages: %s\n", what);
    std::exit(1);
}

// ---- The stages ------------------------------------------------------------------------------

void measure_multipart(const Bytes& file, int rounds) {
    const std::string_view boundary = "----------------------------0123456789abcdef";
    std::string form = "--" + std::string(boundary) +
                       "\r\nContent-Disposition: form-data; name=\"myfile\"; "
                       "filename=\"digit.png\"\r\nContent-Type: image/png\r\n\r\n";
    form.append(file.begin(), file.end()).append("\r\n--").append(boundary).append("--\r\n");
    const auto parse = [&] {
        const auto parts = parse_multipart(form, boundary, MultipartLimits{});
        sink = std::get<std::vector<Part>>(parts).size();
    };
    const auto find = [&] {
        sink =
            memmem(form.data() + 1, form.size() - 1, boundary.data(), boundary.size()) != nullptr;
    };
    print_row("multipart, a form of " + std::to_string(form.size()) + " bytes", parse,
              "memmem for the boundary", find, rounds);
}

using PlainDecode = std::function<void(File)>;

void measure_decode(const std::string& name, const Bytes& file, const std::string& bound_name,
                    const PlainDecode& bound, int rounds) {
    const Limits limits;
    must(decode(file, limits, Colour::kRgb).ok(), name.c_str());
    print_row(
        "decode " + name + ", " + size_of(file),
        [&] { sink = decode(file, limits, Colour::kRgb)->pixels.size(); }, bound_name,
        [&] { bound(file); }, rounds);
}

void measure_decoders(int rounds) {
    const auto jpeg_at = [](unsigned denominator) {
        return [=](File file) { libjpeg_decodes(file, denominator); };
    };
    for (const int edge : {28, 280, 1000})
        measure_decode("PNG " + std::to_string(edge) + "×" + std::to_string(edge), png(edge),
                       "libpng", libpng_decodes, rounds);
    for (const int edge : {28, 280})
        measure_decode("GIF " + std::to_string(edge) + "×" + std::to_string(edge), gif(edge),
                       "giflib", giflib_decodes, rounds);
    for (const int edge : {28, 280})
        measure_decode("JPEG " + std::to_string(edge) + "×" + std::to_string(edge),
                       test::write_jpeg(photo(edge, edge)), "libjpeg-turbo, grey", jpeg_at(1),
                       rounds);
    if (!wanted("decode JPEG 2000×1500")) return;
    const Bytes large = photo_of(2000, 1500, 600'000);
    measure_decode("JPEG 2000×1500", large, "libjpeg-turbo, grey at 1/8", jpeg_at(8), rounds);
    measure_decode("JPEG 2000×1500", large, "libjpeg-turbo, grey at 1/4", jpeg_at(4), rounds);
}

void measure_frame(int rounds) {
    for (const int edge : {28, 280}) {
        const Picture picture = drawn(7, edge, edge, 1);
        print_row(
            "frame " + std::to_string(edge) + "×" + std::to_string(edge),
            [&] { sink = frame(picture)->size(); }, "", {}, rounds);
    }
    Picture framed = drawn(7, 28, 28, 1);
    // As large as MNIST's digits are.
    std::ranges::copy(frame(framed, kFrameToLearnFrom)->front().pixels, framed.pixels.begin());
    print_row(
        "frame 28×28, framed already", [&] { sink = frame(framed)->size(); }, "", {}, rounds);
}

// Of sure pictures the early exit alone, where there is one, and without it the first pass alone;
// of the doubtful one all of them.
void measure_network(const NetworkParameters& parameters, const Model& model, int rounds) {
    std::vector<std::uint8_t> sure, doubtful(kInputPixels);
    std::size_t count = 0;
    std::vector<float> probabilities(kDigits);
    const auto highest = [&](std::span<const std::uint8_t> pixels) {
        forward(model, pixels, 1, probabilities);
        return *std::max_element(probabilities.begin(), probabilities.end());
    };
    const bool has_exit = !model.early_exit().empty();
    // Whether the exit answers, and the first pass would.
    const auto is_easy = [&](std::span<const std::uint8_t> pixels) {
        const std::size_t early = forward(model, pixels, 1, probabilities);
        forward(model, pixels, 1, probabilities, EarlyExit::kPassed);
        return early == (has_exit ? 1 : 0) &&
               *std::max_element(probabilities.begin(), probabilities.end()) >= kSureEnough;
    };
    for (const int digit : {1, 2, 4, 5, 6, 7}) {
        const auto readings = frame(drawn(digit, 28, 28, 1));
        const auto& pixels = readings->front().pixels;
        for (std::size_t i = 0; i < pixels.size(); ++i)
            doubtful[i] = static_cast<std::uint8_t>(doubtful[i] + pixels[i] / 6);
        if (!is_easy(pixels)) continue;
        sure.insert(sure.end(), pixels.begin(), pixels.end());
        ++count;
    }
    must(count > 0, "the network is sure of none of the drawn digits");
    must(highest(doubtful) < kSureEnough, "the network is sure of six digits in one");
    SgemvPass sgemv(parameters);
    // As the server lends it.
    LentBlock block;
    const auto run = [&](std::span<const std::uint8_t> pixels, EarlyExit exit) {
        const ScratchScope scope(block);
        forward(model, pixels, 1, probabilities, exit);
    };
    // One of them at each call, in turn.
    std::size_t turn = 0;
    const auto next = [&] {
        turn = (turn + 1) % count;
        return File(sure).subspan(turn * kInputPixels, kInputPixels);
    };
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        const std::string name = "network " + model.architecture() + ", " + hwy::TargetName(target);
        const auto print = [&](const char* kind, const auto& call) {
            print_row(
                name + kind, call, "OpenBLAS sgemv", [&] { sink = sgemv.run(next()) > 0; }, rounds);
        };
        if (has_exit) print(", early exit", [&] { run(next(), EarlyExit::kAsked); });
        print(", first pass", [&] { run(next(), EarlyExit::kPassed); });
        print(", a doubtful picture", [&] { run(doubtful, EarlyExit::kAsked); });
    }
    hwy::SetSupportedTargetsForTest(0);
}

void measure_answer(int rounds) {
    Classification result;
    result.digit = 7;
    result.confidence = 0.9987f;
    const std::vector<Outcome> outcomes{result};
    print_row(
        "answer as JSON", [&] { sink = json_answer(outcomes, {}).size(); }, "", {}, rounds);
}

void measure_whole(const Model& model, int rounds) {
    const Bytes small = png(28);
    const Limits limits;
    ClassifyScratch scratch;
    const File file(small);
    print_row(
        "decode, frame and network together, PNG 28×28",
        [&] { sink = classify(file, model, limits, scratch).ok(); }, "", {}, rounds);
}

void measure_loading(const std::string& path, int rounds) {
    const auto load = [&] {
        const auto bytes = read_weights_bytes(path);
        const auto view = view_weights(bytes->bytes());
        sink = Model::make(*view)->layers().size();
    };
    print_row("load the weights: read, verify, pack", load, "", {}, rounds);
}

int run(const std::string& path, int rounds) {
    const auto parameters = read_weights(path);
    if (!parameters.ok()) {
        std::fprintf(stderr, "bench/stages: %s\n", parameters.status().message().c_str());
        return 1;
    }
    const auto model = read_model(path);
    must(model.ok(), "the weights make no network");
    std::printf("CPU µs, median (least to most) of %d rounds.\n\n", rounds);
    std::printf("| stage | µs | bounded by | µs | ratio |\n|---|---|---|---|---|\n");
    measure_multipart(png(28), rounds);
    measure_decoders(rounds);
    measure_frame(rounds);
    measure_network(*parameters, *model, rounds);
    measure_answer(rounds);
    measure_whole(*model, rounds);
    measure_loading(path, rounds);
    return 0;
}

}  // namespace
}  // namespace digit::bench

int main(int argc, char** argv) try {
    digit::start_with_blas_kernels_of_this_cpu(argv);
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 25;
    if (argc < 2 || argc > 4 || rounds < 1) {
        std::fprintf(stderr, "usage: %s WEIGHTS [ROUNDS [PART OF A STAGE'S NAME]]\n", argv[0]);
        return 2;
    }
    if (argc > 3) digit::bench::only = argv[3];
    return digit::bench::run(argv[1], rounds);
} catch (const std::exception& e) {
    std::fprintf(stderr, "bench/stages: %s\n", e.what());
    return 1;
}
