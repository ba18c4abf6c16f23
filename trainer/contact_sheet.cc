// SPDX-License-Identifier: Apache-2.0
#include "trainer/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "libdigit/png_writer.h"
#include "trainer/tiny_font.h"

namespace digit {

namespace {

constexpr int kEdge = 84;  // of a picture on the sheet: three times 28
constexpr int kGap = 4;
constexpr int kTextScale = 2;
constexpr int kCellWidth = 2 * kEdge + 3 * kGap;
constexpr int kCellHeight = kEdge + kGlyphHeight * kTextScale + 3 * kGap;

struct Ink {
    std::uint8_t red, green, blue;
};
constexpr Ink kBlack{20, 20, 20}, kRed{200, 0, 0}, kBlue{0, 70, 190}, kPaper{236, 236, 232};

class Sheet {
  public:
    Sheet(int columns, int rows)
        : width_(columns * kCellWidth),
          height_(rows * kCellHeight),
          pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3) {
        for (int y = 0; y < height_; ++y)
            for (int x = 0; x < width_; ++x) put(x, y, kPaper);
    }

    void put(int x, int y, Ink ink) {
        const std::size_t at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                                static_cast<std::size_t>(x)) *
                               3;
        pixels_[at] = ink.red;
        pixels_[at + 1] = ink.green;
        pixels_[at + 2] = ink.blue;
    }

    void write(int left, int top, const std::string& text, Ink ink) {
        for (char c : text) {
            const auto rows = glyph(c);
            for (int y = 0; y < kGlyphHeight * kTextScale; ++y)
                for (int x = 0; x < kGlyphWidth * kTextScale; ++x)
                    if (rows[static_cast<std::size_t>(y / kTextScale)] >>
                            (kGlyphWidth - 1 - x / kTextScale) &
                        1)
                        put(left + x, top + y, ink);
            left += (kGlyphWidth + 1) * kTextScale;
        }
    }

    std::vector<std::uint8_t> png() const {
        return encode_png(pixels_, static_cast<std::uint32_t>(width_),
                          static_cast<std::uint32_t>(height_), 3);
    }

  private:
    int width_, height_;
    std::vector<std::uint8_t> pixels_;
};

// Fits the picture into kEdge × kEdge; the mean of the source pixels below each.
void draw_picture(Sheet& sheet, int left, int top, const Picture& picture) {
    const double scale = std::max(picture.width, picture.height) / static_cast<double>(kEdge);
    const int width = std::max(1, static_cast<int>(picture.width / scale));
    const int height = std::max(1, static_cast<int>(picture.height / scale));
    const auto channels = static_cast<std::size_t>(picture.channels);
    const auto span = [scale](int i, std::uint32_t size) {
        const auto begin = std::min(size - 1, static_cast<std::uint32_t>(i * scale));
        const auto end = std::min(size, static_cast<std::uint32_t>((i + 1) * scale));
        return std::pair(begin, std::max(begin + 1, end));
    };
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const auto [y0, y1] = span(y, picture.height);
            const auto [x0, x1] = span(x, picture.width);
            std::size_t sum[3] = {};
            for (std::size_t sy = y0; sy < y1; ++sy)
                for (std::size_t sx = x0; sx < x1; ++sx)
                    for (std::size_t c = 0; c < 3; ++c)
                        sum[c] += picture.pixels[(sy * picture.width + sx) * channels +
                                                 (channels == 3 ? c : 0)];
            const std::size_t count = std::size_t{y1 - y0} * (x1 - x0);
            sheet.put(left + (kEdge - width) / 2 + x, top + (kEdge - height) / 2 + y,
                      {static_cast<std::uint8_t>(sum[0] / count),
                       static_cast<std::uint8_t>(sum[1] / count),
                       static_cast<std::uint8_t>(sum[2] / count)});
        }
}

void draw_framed(Sheet& sheet, int left, int top, const Framed& framed) {
    for (int y = 0; y < kEdge; ++y)
        for (int x = 0; x < kEdge; ++x) {
            const int at = y * kInputEdge / kEdge * kInputEdge + x * kInputEdge / kEdge;
            const std::uint8_t ink = framed.pixels[static_cast<std::size_t>(at)];
            sheet.put(left + x, top + y, {ink, ink, ink});
        }
}

void draw_entry(Sheet& sheet, int left, int top, const SheetEntry& entry) {
    const int text_top = top + kEdge + kGap;
    if (entry.picture) draw_picture(sheet, left, top, *entry.picture);
    std::string answer = "-";
    bool wrong = entry.label.has_value();
    if (entry.result) {
        draw_framed(sheet, left + kEdge + kGap, top, entry.result->receipt.framed);
        const int percent =
            static_cast<int>(std::lround(100 * static_cast<double>(entry.result->confidence)));
        answer = std::to_string(entry.result->digit) + " " + std::to_string(percent) + "%";
        if (entry.result->uncertain) answer += "?";
        wrong = entry.label && *entry.label != entry.result->digit;
    }
    sheet.write(left, text_top, answer, entry.label ? (wrong ? kRed : kBlack) : kBlue);
    if (wrong) sheet.write(left + kEdge + kGap, text_top, "!" + std::to_string(*entry.label), kRed);
}

}  // namespace

std::vector<std::uint8_t> draw_contact_sheet(const std::vector<SheetEntry>& entries) {
    const double count = static_cast<double>(entries.size());
    // About four to three.
    const int columns = std::max(
        1, static_cast<int>(std::lround(std::sqrt(count * 4 / 3 * kCellHeight / kCellWidth))));
    const int rows = static_cast<int>(std::ceil(count / columns));
    Sheet sheet(columns, rows);
    for (int i = 0; i < static_cast<int>(entries.size()); ++i)
        draw_entry(sheet, i % columns * kCellWidth + kGap, i / columns * kCellHeight + kGap,
                   entries[static_cast<std::size_t>(i)]);
    return sheet.png();
}

}  // namespace digit
