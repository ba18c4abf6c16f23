// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_framed.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libdigit/frame.h"
#include "trainer/draw_font_digit.h"
#include "trainer/draw_other.h"
#include "trainer/draw_pen.h"
#include "trainer/random.h"
#include "trainer/team.h"

namespace digit {
namespace {

// frame() misses a few drawings in a hundred; so many in a row are never seen.
constexpr int kAttempts = 16;
// Retries are drawn from elsewhere in the row; a multiple of ten, so that the label stays.
constexpr std::uint64_t kFarAway = 10'000'000'000'000;

using Pixels = std::array<std::uint8_t, kInputPixels>;

// Whether frame() found the digit that was drawn, and not a shadow or a speck: their boxes, widened
// by a tenth of the digit, have seven tenths of their area in common.
bool is_the_digit(const Box& found, const Bounds& drawn) {
    const float wider = 0.1f * std::max(drawn.width(), drawn.height());
    const auto x = static_cast<float>(found.x);
    const auto y = static_cast<float>(found.y);
    const Bounds a{x - wider, y - wider, x + static_cast<float>(found.width) + wider,
                   y + static_cast<float>(found.height) + wider};
    const Bounds b{drawn.left - wider, drawn.top - wider, drawn.right + wider,
                   drawn.bottom + wider};
    const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
    const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (width <= 0 || height <= 0) return false;
    const float common = width * height;
    return common > 0.7f * (a.width() * a.height() + b.width() * b.height() - common);
}

Result<std::vector<Framed>> frame_luma(const DrawnDigit& drawn) {
    Picture picture;
    picture.width = picture.source_width = static_cast<std::uint32_t>(drawn.width);
    picture.height = picture.source_height = static_cast<std::uint32_t>(drawn.height);
    picture.pixels = drawn.luma;
    return frame(picture, kFrameToLearnFrom);
}

std::optional<Pixels> frame_drawn(const DrawnDigit& drawn) {
    const auto readings = frame_luma(drawn);
    if (!readings.ok()) return std::nullopt;
    for (const Framed& reading : *readings)
        if (reading.receipt.polarity == Polarity::kLightOnDark &&
            is_the_digit(reading.receipt.ink_box, drawn.box))
            return reading.pixels;
    return std::nullopt;
}

// The likeliest reading, if it shows all that was drawn: one of two digits is a digit.
std::optional<Pixels> frame_other(const DrawnDigit& drawn) {
    const auto readings = frame_luma(drawn);
    if (!readings.ok() || !is_the_digit(readings->front().receipt.ink_box, drawn.box))
        return std::nullopt;
    return readings->front().pixels;
}

DrawnDigit draw_digit(std::uint64_t seed, std::uint64_t index, const DrawMix& mix,
                      const Rasteriser& rasteriser) {
    Random random(seed, Stream::kDrawn, {3, index});
    const bool printed =
        mix.fonts != nullptr && static_cast<double>(random.uniform()) < mix.font_share;
    return printed ? draw_font_digit(*mix.fonts, rasteriser, seed, index)
                   : draw_pen_digit(rasteriser, seed, index);
}

}  // namespace

void draw_framed_digits(std::uint64_t first, std::size_t count, std::uint64_t seed,
                        const DrawMix& mix, const Rasteriser& rasteriser, std::uint8_t* pixels,
                        std::uint8_t* labels) {
    for (std::size_t i = 0; i < count; ++i) {
        std::optional<Pixels> framed;
        for (std::uint64_t attempt = 0; !framed && attempt < kAttempts; ++attempt)
            framed = frame_drawn(draw_digit(seed, first + i + attempt * kFarAway, mix, rasteriser));
        const Pixels& digit = framed ? *framed : Pixels{};
        std::copy(digit.begin(), digit.end(), pixels + i * kInputPixels);
        labels[i] = static_cast<std::uint8_t>((first + i) % 10);
    }
}

void draw_framed_others(std::uint64_t first, std::size_t count, std::uint64_t seed,
                        const FontSet* fonts, const Rasteriser& rasteriser, std::uint8_t* pixels) {
    for (std::size_t i = 0; i < count; ++i) {
        std::optional<Pixels> framed;
        for (std::uint64_t attempt = 0; !framed && attempt < kAttempts; ++attempt)
            framed =
                frame_other(draw_other(fonts, rasteriser, seed, first + i + attempt * kFarAway));
        const Pixels& other = framed ? *framed : Pixels{};
        std::copy(other.begin(), other.end(), pixels + i * kInputPixels);
    }
}

FramedDigits draw_framed_digits(std::size_t count, std::uint64_t seed, int threads,
                                const DrawMix& mix, const Rasteriser& rasteriser) {
    FramedDigits digits;
    digits.pixels.resize(count * kInputPixels);
    digits.labels.resize(count);
    Team team(threads);
    team.run([&](int rank) {
        const Range share = share_of(static_cast<int>(count), rank, team.size());
        const auto begin = static_cast<std::size_t>(share.begin);
        draw_framed_digits(begin, static_cast<std::size_t>(share.size()), seed, mix, rasteriser,
                           digits.pixels.data() + begin * kInputPixels,
                           digits.labels.data() + begin);
    });
    return digits;
}

}  // namespace digit
