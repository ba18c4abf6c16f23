// SPDX-License-Identifier: Apache-2.0
// digit-draw: lays drawn training digits on a sheet, for people who judge whether they can be
// read. Not installed.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "libdigit/frame.h"
#include "trainer/command_line.h"
#include "trainer/draw_font_digit.h"
#include "trainer/draw_framed.h"
#include "trainer/draw_pen.h"

namespace {

using namespace digit;

constexpr const char* kProgram = "digit-draw";

// Cells of equal size in rows; a picture that is larger than its cell is left out of it.
class Sheet {
  public:
    Sheet(int columns, int rows, int cell)
        : columns_(columns),
          cell_(cell),
          width_(columns * cell),
          height_(rows * cell),
          pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), 96) {}

    // Shown with full contrast at a whole multiple of its size, so that every pixel can be seen.
    void put(int cell, const std::uint8_t* luma, int width, int height) {
        const auto [dark, light] = std::minmax_element(luma, luma + width * height);
        const int range = std::max(1, *light - *dark);
        const int times = std::max(1, (cell_ - 2) / std::max(width, height));
        const int left = cell % columns_ * cell_ + 1;
        const int top = cell / columns_ * cell_ + 1;
        for (int y = 0; y < std::min(cell_ - 2, height * times); ++y)
            for (int x = 0; x < std::min(cell_ - 2, width * times); ++x)
                if (top + y < height_)
                    pixels_[static_cast<std::size_t>((top + y) * width_ + left + x)] =
                        static_cast<std::uint8_t>((luma[y / times * width + x / times] - *dark) *
                                                  255 / range);
    }

    // As a portable grey map.
    bool write(const std::string& path) const {
        std::ofstream file(path, std::ios::binary);
        file << "P5\n" << width_ << ' ' << height_ << "\n255\n";
        file.write(reinterpret_cast<const char*>(pixels_.data()),
                   static_cast<std::streamsize>(pixels_.size()));
        return file.good();
    }

  private:
    int columns_;
    int cell_;
    int width_;
    int height_;
    std::vector<std::uint8_t> pixels_;
};

struct Options {
    std::string what;
    std::string output = "digits.pgm";
    std::uint64_t seed = 1;
    int columns = 20;
    int rows = 20;
    int cell = 66;
    int skip = 0;
};

Sheet face_sheet(const FontSet& fonts, const Rasteriser& rasteriser, const Options& options) {
    Sheet sheet(options.columns, options.rows, options.cell);
    const int faces_a_row = options.columns / 10;
    for (int i = 0; i < faces_a_row * options.rows; ++i) {
        const auto at = static_cast<std::size_t>(i + options.skip);
        if (at >= fonts.faces().size()) break;
        const FontFace& face = fonts.faces()[at];
        std::printf("%d.%d\t%s\t%s\t%s\n", i / faces_a_row, i % faces_a_row, face.family.c_str(),
                    face.style.c_str(), face.source->package);
        for (int label = 0; label < 10; ++label) {
            const DrawnDigit d = draw_font_specimen(face, rasteriser, label, options.cell * 2 / 3);
            sheet.put(i * 10 + label, d.luma.data(), d.width, d.height);
        }
    }
    return sheet;
}

Sheet allograph_sheet(const Rasteriser& rasteriser, const Options& options) {
    const auto all = allographs();
    Sheet sheet(options.columns, static_cast<int>(all.size()), options.cell);
    for (std::size_t row = 0; row < all.size(); ++row) {
        std::printf("%zu\t%d\t%s\n", row, all[row].digit, all[row].name);
        for (int column = 0; column < options.columns; ++column) {
            const DrawnDigit d = draw_allograph(rasteriser, all[row], true, options.seed,
                                                row * 1000 + static_cast<std::size_t>(column));
            sheet.put(static_cast<int>(row) * options.columns + column, d.luma.data(), d.width,
                      d.height);
        }
    }
    return sheet;
}

// Each digit has its rows, so that one that cannot be read stands out.
Sheet drawn_sheet(const FontSet* fonts, const Rasteriser& rasteriser, const Options& options) {
    Sheet sheet(options.columns, options.rows, options.cell);
    const int rows_a_digit = options.rows / 10;
    for (int i = 0; i < options.columns * rows_a_digit; ++i)
        for (int label = 0; label < 10; ++label) {
            const auto index = static_cast<std::uint64_t>(options.skip + i) * 10 +
                               static_cast<std::uint64_t>(label);
            const DrawnDigit d = fonts != nullptr
                                     ? draw_font_digit(*fonts, rasteriser, options.seed, index)
                                     : draw_pen_digit(rasteriser, options.seed, index);
            sheet.put(label * rows_a_digit * options.columns + i, d.luma.data(), d.width, d.height);
        }
    return sheet;
}

Sheet framed_sheet(const DrawMix& mix, const Rasteriser& rasteriser, const Options& options) {
    Sheet sheet(options.columns, options.rows, options.cell);
    const int rows_a_digit = options.rows / 10;
    const int each = options.columns * rows_a_digit;
    const FramedDigits digits =
        draw_framed_digits(static_cast<std::size_t>(each) * 10, options.seed, 1, mix, rasteriser);
    for (int i = 0; i < each * 10; ++i)
        sheet.put(i % 10 * each + i / 10,
                  digits.pixels.data() + static_cast<std::size_t>(i) * kInputPixels, kInputEdge,
                  kInputEdge);
    return sheet;
}

Sheet others_sheet(const FontSet* fonts, const Rasteriser& rasteriser, const Options& options) {
    Sheet sheet(options.columns, options.rows, options.cell);
    const auto count = static_cast<std::size_t>(options.columns * options.rows);
    std::vector<std::uint8_t> pixels(count * kInputPixels);
    draw_framed_others(0, count, options.seed, fonts, rasteriser, pixels.data());
    for (std::size_t i = 0; i < count; ++i)
        sheet.put(static_cast<int>(i), pixels.data() + i * kInputPixels, kInputEdge, kInputEdge);
    return sheet;
}

void print_speed(const DrawMix& mix, const Rasteriser& rasteriser, const Options& options) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t kCount = 20000;
    for (int threads = 1; threads <= 2; ++threads) {
        const auto begin = Clock::now();
        const FramedDigits digits =
            draw_framed_digits(kCount, options.seed, threads, mix, rasteriser);
        const std::chrono::duration<double> took = Clock::now() - begin;
        std::printf("%d thread(s): %.0f framed digits a second\n", threads,
                    static_cast<double>(digits.size()) / took.count());
    }
}

int run(const Options& options) {
    const auto rasteriser = Rasteriser::make();
    if (!rasteriser) return failure(kProgram, rasteriser.status());
    const bool pens_only = options.what == "allographs" || options.what == "pen";
    const auto fonts = pens_only ? Result<FontSet>(Status{Code::kIo, "", "not asked for"})
                                 : FontSet::load(FontSet::default_folders());
    if (!pens_only && !fonts) return failure(kProgram, fonts.status());
    const DrawMix mix{pens_only ? nullptr : &*fonts};
    if (options.what == "speed") {
        print_speed(mix, *rasteriser, options);
        return 0;
    }
    const Sheet sheet = options.what == "faces"        ? face_sheet(*fonts, *rasteriser, options)
                        : options.what == "allographs" ? allograph_sheet(*rasteriser, options)
                        : options.what == "others" ? others_sheet(mix.fonts, *rasteriser, options)
                        : options.what == "framed" ? framed_sheet(mix, *rasteriser, options)
                                                   : drawn_sheet(mix.fonts, *rasteriser, options);
    if (!sheet.write(options.output))
        return failure(kProgram, {Code::kIo, options.output, "cannot be written"});
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Lays drawn training digits on a sheet (a portable grey map).", kProgram);
    Options options;
    app.add_option(
           "what", options.what,
           "faces, printed, allographs, pen, framed, others, or speed (framed digits a second)")
        ->required()
        ->check(
            CLI::IsMember({"faces", "printed", "allographs", "pen", "framed", "others", "speed"}));
    app.add_option("--output", options.output, "The sheet")->capture_default_str();
    app.add_option("--seed", options.seed, "Of the random numbers")->capture_default_str();
    app.add_option("--columns", options.columns)->capture_default_str();
    app.add_option("--rows", options.rows)->capture_default_str();
    app.add_option("--cell", options.cell, "Edge in pixels")->capture_default_str();
    app.add_option("--skip", options.skip, "Faces, or digits of each kind")->capture_default_str();
    if (const std::optional<int> status = parse_command_line(app, argc, argv)) return *status;
    return run(options);
}
