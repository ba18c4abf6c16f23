// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_degrade.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "trainer/draw_layout.h"

namespace digit {
namespace {

// The standard deviation of the blur, in pixels, that is `part` of the worst a person reads
// through: about a twelfth of the digit, less for heavy pens, whose holes are small.
float readable_blur(const DigitSize& size, float part) {
    const float pen = size.stroke / size.edge();
    return part * size.edge() * std::clamp(0.1f - 0.15f * pen, 0.055f, 0.085f);
}

// Cameras and people expose for what there is: thin lines do not fade because they were blurred.
// What most of the ink reaches becomes full ink; strokes are darker where they cross.
void expose(InkField& ink) {
    constexpr std::size_t kLevels = 64;
    std::array<int, kLevels> histogram{};
    float peak = 0;
    for (const float value : ink.ink) peak = std::max(peak, value);
    if (peak <= 0) return;
    const float scale = (kLevels - 1) / peak;
    for (const float value : ink.ink) ++histogram[static_cast<std::size_t>(value * scale)];
    const int strokes = std::accumulate(histogram.begin() + kLevels / 3, histogram.end(), 0);
    std::size_t level = kLevels - 1;
    for (int above = histogram[level]; 4 * above < strokes; above += histogram[level]) --level;
    const float full = static_cast<float>(level) / scale;
    for (float& value : ink.ink) value = std::min(1.0f, value / full);
}

void print_gain(InkField& ink, Random& random) {
    const float level = random.uniform(0.36f, 0.62f);
    steepen(ink, level, random.uniform(1.0f, 2.5f));
}

// A camera's sharpening leaves a halo around the ink.
void sharpen(InkField& ink, float sigma, float amount) {
    InkField soft = ink;
    blur(soft, sigma);
    for (std::size_t i = 0; i < ink.ink.size(); ++i)
        ink.ink[i] += amount * (ink.ink[i] - soft.ink[i]);
}

// Fewer pixels: the digit's longer edge becomes `edge` pixels, but never so few that its pen is
// narrower than `least_pen` pixels or the picture than the server takes; never more than there are.
void shrink(InkField& ink, const DigitSize& size, float edge, float least_pen) {
    const auto shorter = static_cast<float>(std::min(ink.width, ink.height));
    const float scale = std::min(
        1.0f, std::max({edge / size.edge(), least_pen / size.stroke, kLeastEdge / shorter}));
    const auto scaled = [scale](int from) {
        return static_cast<int>(std::ceil(static_cast<float>(from) * scale));
    };
    ink = resample(ink, scaled(ink.width), scaled(ink.height));
}

// Paper (dark here) and ink as grey levels, with a slope across the picture.
DrawnDigit to_luma(const InkField& ink, float contrast, float slope, int label, Random& random) {
    const float paper = random.uniform(0.0f, 250 - contrast);
    const float angle = random.uniform(0.0f, 6.283f);
    const float step_x = slope * std::cos(angle) / static_cast<float>(ink.width);
    const float step_y = slope * std::sin(angle) / static_cast<float>(ink.height);
    DrawnDigit drawn{label, ink.width, ink.height, {}, {}};
    drawn.luma.resize(ink.ink.size());
    for (int y = 0; y < ink.height; ++y) {
        const float* row = ink.row(y);
        std::uint8_t* to = drawn.luma.data() + static_cast<std::size_t>(y * ink.width);
        const float level = paper + step_y * static_cast<float>(y);
        for (int x = 0; x < ink.width; ++x)
            to[x] = static_cast<std::uint8_t>(std::clamp(
                level + step_x * static_cast<float>(x) + contrast * row[x] + 0.5f, 0.0f, 255.0f));
    }
    return drawn;
}

DrawnDigit capture_clean(InkField& ink, const DigitSize& size, int label, Random& random) {
    blur(ink, readable_blur(size, random.uniform(0.0f, 0.3f)));
    expose(ink);
    const bool pure = random.uniform() < 0.5f;
    return to_luma(ink, pure ? 250 : random.uniform(60.0f, 250.0f), 0, label, random);
}

DrawnDigit capture_soft(InkField& ink, const DigitSize& size, int label, Random& random) {
    const float sigma = readable_blur(size, random.uniform(0.4f, 1.0f));
    blur(ink, sigma);
    expose(ink);
    if (random.uniform() < 0.6f) print_gain(ink, random);
    if (random.uniform() < 0.3f) sharpen(ink, 1.5f * sigma, random.uniform(0.3f, 1.0f));
    const float contrast = random.uniform(30.0f, 220.0f);
    add_noise(ink, random.uniform(0.0f, 2.5f) / contrast, random);
    const float slope = 0.2f * contrast * random.uniform();
    return to_luma(ink, contrast, slope, label, random);
}

DrawnDigit capture_tiny(InkField& ink, const DigitSize& size, int label, Random& random) {
    const int width_before = ink.width;
    const int height_before = ink.height;
    blur(ink, readable_blur(size, random.uniform(0.0f, 0.8f)));
    shrink(ink, size, random.uniform(10.0f, 20.0f), 0.8f);
    expose(ink);
    if (random.uniform() < 0.4f) print_gain(ink, random);
    const float contrast = random.uniform(25.0f, 230.0f);
    add_noise(ink, random.uniform(0.0f, 3.0f) / contrast, random);
    if (random.uniform() < 0.5f) ink = resample(ink, width_before, height_before);
    return to_luma(ink, contrast, 0, label, random);
}

DrawnDigit capture_noisy(InkField& ink, const DigitSize& size, int label, Random& random) {
    blur(ink, readable_blur(size, random.uniform(0.0f, 0.4f)));
    shrink(ink, size, random.uniform(18.0f, 32.0f), 1.5f);
    expose(ink);
    add_noise(ink, random.uniform(0.03f, 0.2f), random);
    return to_luma(ink, random.uniform(30.0f, 160.0f), 0, label, random);
}

DrawnDigit capture_scan(InkField& ink, const DigitSize& size, int label, Random& random) {
    blur(ink, readable_blur(size, random.uniform(0.1f, 0.7f)));
    shrink(ink, size, random.uniform(14.0f, 44.0f), 1.5f);
    expose(ink);
    add_noise(ink, random.uniform(0.01f, 0.1f), random);
    const float level = random.uniform(0.3f, 0.5f);
    for (float& value : ink.ink) value = value > level ? 1.0f : 0.0f;
    return to_luma(ink, random.uniform(120.0f, 250.0f), 0, label, random);
}

DrawnDigit capture_how(InkField& ink, const DigitSize& size, Capture how, int label,
                       Random& random) {
    switch (how) {
        case Capture::kClean:
            return capture_clean(ink, size, label, random);
        case Capture::kSoft:
            return capture_soft(ink, size, label, random);
        case Capture::kTiny:
            return capture_tiny(ink, size, label, random);
        case Capture::kNoisy:
            return capture_noisy(ink, size, label, random);
        case Capture::kScan:
            return capture_scan(ink, size, label, random);
    }
    return {};
}

}  // namespace

Capture random_capture(Random& random) {
    const float chance = random.uniform();
    if (chance < 0.40f) return Capture::kClean;
    if (chance < 0.62f) return Capture::kSoft;
    if (chance < 0.80f) return Capture::kTiny;
    if (chance < 0.90f) return Capture::kNoisy;
    return Capture::kScan;
}

DrawnDigit capture(InkField ink, const DigitSize& size, Capture how, int label, Random& random) {
    const auto width = static_cast<float>(ink.width);
    const auto height = static_cast<float>(ink.height);
    DrawnDigit drawn = capture_how(ink, size, how, label, random);
    const float x = static_cast<float>(drawn.width) / width;
    const float y = static_cast<float>(drawn.height) / height;
    drawn.box = {size.box.left * x, size.box.top * y, size.box.right * x, size.box.bottom * y};
    return drawn;
}

}  // namespace digit
