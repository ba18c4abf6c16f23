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

// Widths as they are set, and some as posters and forms squeeze them; `width` is the digit's own,
// as a part of its height.
float random_width(float width, Random& random) {
    if (random.uniform() < 0.12f)
        return random.uniform(std::min(1.0f, std::max(0.45f, 0.2f / width)), 1.0f);
    const float stretch = random.uniform() < 0.2f ? 0.35f : 0.12f;
    return std::exp(stretch * std::clamp(random.normal(), -1.5f, 1.5f));
}

Affine random_distortion(float width, Random& random) {
    const float aspect = std::sqrt(random_width(width, random));
    const float slant = random.uniform() < 0.3f ? random.uniform(-0.15f, 0.45f) : 0.0f;
    const float turn = 4 * kDegree * std::clamp(random.normal(), -3.0f, 3.0f);
    return then(then(scaling(aspect, 1 / aspect), slanting(slant)), rotation(turn));
}

// How much to move the outline along each axis, in parts of the height. Thin faces may gain much,
// heavy ones little, lest their holes close; nobody loses more than a third of the pen. Stems that
// gain alone make the fat faces of posters.
Point random_growth(float stroke, Random& random) {
    const float kind = random.uniform();
    if (kind < 0.45f) return {};
    const float room = std::clamp(0.4f * (0.17f - stroke), 0.0f, 0.035f);
    if (kind < 0.6f) return {random.uniform(0.0f, 1.6f * room), 0};
    const float both = kind < 0.8f ? random.uniform(0.0f, room)
                                   : -random.uniform(0.0f, std::min(0.16f * stroke, 0.03f));
    return {both, both};
}

// The outline alone, as in display lettering.
InkField hollow(const Rasteriser& rasteriser, const Placed& placed, float pen) {
    InkField outer = rasteriser.fill(placed.shape, placed.width, placed.height, {pen / 2, pen / 2});
    const InkField inner =
        rasteriser.fill(placed.shape, placed.width, placed.height, {-pen / 2, -pen / 2});
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
    transform(shape, random_distortion(bounds_of(shape.points).width(), random));
    const float height = random.uniform(28.0f, 52.0f);
    const float stroke = face.stroke_width[digit];
    Point growth = random_growth(stroke, random);
    growth = {growth.x * height, growth.y * height};
    const Placed placed =
        place(std::move(shape), height, std::max({0.0f, growth.x, growth.y}), random);
    DigitSize size{bounds_of(placed.shape.points), stroke * height + 2 * growth.y};
    if (stroke > 0.12f && random.uniform() < 0.05f) {
        size.stroke = std::max(1.2f, random.uniform(0.03f, 0.06f) * height);
        return capture(hollow(rasteriser, placed, size.stroke), size, Capture::kClean, label,
                       random);
    }
    const Capture how = random_capture(random);
    return capture(rasteriser.fill(placed.shape, placed.width, placed.height, growth), size, how,
                   label, random);
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
