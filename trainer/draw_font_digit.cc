// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_font_digit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "trainer/draw_layout.h"

namespace digit {
namespace {

constexpr float kDegree = 0.0174533f;

const FontFace& random_face(const FontSet& fonts, Random& random) {
    const auto& family = fonts.families()[random.below(fonts.families().size())];
    const auto faces = static_cast<std::uint64_t>(family.end - family.begin);
    return fonts.faces()[static_cast<std::size_t>(family.begin) + random.below(faces)];
}

Affine random_distortion(Random& random) {
    const float stretch = random.uniform() < 0.2f ? 0.35f : 0.12f;
    const float aspect = std::exp(stretch * std::clamp(random.normal(), -1.5f, 1.5f));
    const float slant = random.uniform() < 0.3f ? random.uniform(-0.15f, 0.35f) : 0.0f;
    const float turn = 4 * kDegree * std::clamp(random.normal(), -3.0f, 3.0f);
    return then(then(scaling(std::sqrt(aspect), 1 / std::sqrt(aspect)), slanting(slant)),
                rotation(turn));
}

// How much to move the outline, in parts of the height: thin faces may gain much, heavy ones
// little, lest their holes close; nobody loses more than a third of the pen.
float random_growth(float stroke, Random& random) {
    if (random.uniform() < 0.5f) return 0;
    return random.uniform() < 0.6f
               ? random.uniform(0.0f, std::clamp(0.4f * (0.17f - stroke), 0.0f, 0.035f))
               : -random.uniform(0.0f, std::min(0.16f * stroke, 0.03f));
}

// The outline alone, as in display lettering.
InkField hollow(const Rasteriser& rasteriser, const Placed& placed, float pen) {
    InkField outer = rasteriser.fill(placed.shape, placed.width, placed.height, pen / 2);
    const InkField inner = rasteriser.fill(placed.shape, placed.width, placed.height, -pen / 2);
    for (std::size_t i = 0; i < outer.ink.size(); ++i)
        outer.ink[i] = std::max(0.0f, outer.ink[i] - inner.ink[i]);
    return outer;
}

}  // namespace

DrawnDigit draw_font_digit(const FontSet& fonts, const Rasteriser& rasteriser, std::uint64_t seed,
                           std::uint64_t index) {
    Random random(seed, Stream::kDrawn, {0, index});
    const int label = static_cast<int>(index % 10);
    const auto digit = static_cast<std::size_t>(label);
    const FontFace& face = random_face(fonts, random);
    Shape shape = face.digits[digit];
    transform(shape, random_distortion(random));
    const float height = random.uniform(28.0f, 52.0f);
    const float stroke = face.stroke_width[digit];
    const float growth = random_growth(stroke, random);
    Placed placed = place(std::move(shape), height, std::max(0.0f, growth * height), random);
    DigitSize size{bounds_of(placed.shape.points), (stroke + 2 * growth) * height};
    if (stroke > 0.12f && random.uniform() < 0.05f) {
        size.stroke = std::max(1.2f, random.uniform(0.03f, 0.06f) * height);
        return capture(hollow(rasteriser, placed, size.stroke), size, Capture::kClean, label,
                       random);
    }
    const Capture how = random_capture(random);
    return capture(rasteriser.fill(placed.shape, placed.width, placed.height, growth * height),
                   size, how, label, random);
}

DrawnDigit draw_font_specimen(const FontFace& face, const Rasteriser& rasteriser, int label,
                              int height) {
    Shape shape = face.digits[static_cast<std::size_t>(label)];
    const auto pixels = static_cast<float>(height);
    transform(shape, scaling(pixels, pixels));
    const Bounds bounds = bounds_of(shape.points);
    const int width = static_cast<int>(std::ceil(bounds.width())) + 2;
    transform(shape, shifting(1 - bounds.left, 1 - bounds.top));
    const InkField ink = rasteriser.fill(shape, width, height + 2);
    DrawnDigit drawn{label, ink.width, ink.height, {}, bounds_of(shape.points)};
    for (const float value : ink.ink)
        drawn.luma.push_back(static_cast<std::uint8_t>(255 * value + 0.5f));
    return drawn;
}

}  // namespace digit
