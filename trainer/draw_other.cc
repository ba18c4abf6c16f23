// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_other.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "trainer/draw_allographs.h"
#include "trainer/draw_hand.h"
#include "trainer/draw_layout.h"
#include "trainer/draw_letters.h"
#include "trainer/draw_strokes.h"

namespace digit {
namespace {

constexpr float kDegree = 0.0174533f;

// A figure and the width of the pen that would have drawn it, as a part of its height.
struct Figure {
    Shape shape;
    float stroke = 0.1f;
};

float some_pen(Random& random) { return 0.025f * std::pow(8.0f, random.uniform()); }

void stroke_along(const std::vector<Point>& path, float width, Shape& shape) {
    add_stroke(path, std::vector<float>(path.size(), width), round_nib(10), shape);
}

Point random_point(Random& random) { return {random.uniform(), random.uniform()}; }

Figure letter(const FontSet& fonts, Random& random) {
    const auto& faces = fonts.faces();
    const FontFace* face = &faces[random.below(faces.size())];
    while (face->letters.empty()) face = &faces[random.below(faces.size())];
    Figure figure{face->letters[random.below(face->letters.size())], 0};
    figure.stroke = stroke_width_of(figure.shape);
    const float turn = 6 * kDegree * std::clamp(random.normal(), -2.0f, 2.0f);
    transform(figure.shape, then(slanting(random.uniform(-0.1f, 0.25f)), rotation(turn)));
    return figure;
}

// Enough turns that it is no digit but by bad luck.
Figure scribble(Random& random) {
    Figure figure{{}, some_pen(random)};
    const int strokes = 1 + static_cast<int>(random.below(3));
    const int knots = strokes == 1 ? 7 : 3;
    for (int i = 0; i < strokes; ++i) {
        std::vector<StrokeKnot> stroke;
        for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(knots) + random.below(5); ++k)
            stroke.push_back({random_point(random), random.uniform() < 0.4f});
        stroke_along(spline(stroke, 5), figure.stroke, figure.shape);
    }
    return figure;
}

Figure written(std::span<const Allograph> choices, Random& random) {
    const Allograph& allograph = choices[random.below(choices.size())];
    Figure figure{{}, std::min(some_pen(random), allograph.widest_pen)};
    for (const auto& path : write_strokes(allograph, random))
        stroke_along(path, figure.stroke, figure.shape);
    return figure;
}

Figure any_digit(const FontSet* fonts, int digit, Random& random) {
    if (fonts == nullptr || random.uniform() < 0.5f) return written(allographs(digit), random);
    const FontFace& face = fonts->faces()[random.below(fonts->faces().size())];
    const auto at = static_cast<std::size_t>(digit);
    return {face.digits[at], face.stroke_width[at]};
}

// Those that are no other digit then.
Figure on_its_side(const FontSet* fonts, Random& random) {
    constexpr std::array<int, 4> kChoices = {2, 3, 4, 5};
    Figure figure = any_digit(fonts, kChoices[random.below(kChoices.size())], random);
    const float side = random.uniform() < 0.5f ? -90.0f : 90.0f;
    transform(figure.shape, rotation((side + random.uniform(-20.0f, 20.0f)) * kDegree));
    return figure;
}

void append(const Shape& from, Shape& to) {
    const int before = static_cast<int>(to.points.size());
    to.points.insert(to.points.end(), from.points.begin(), from.points.end());
    for (const int end : from.ends) to.ends.push_back(before + end);
}

// Two to four in a row; close together, for pieces that stand apart are not taken for one.
Figure several_digits(const FontSet* fonts, Random& random) {
    Figure row = any_digit(fonts, static_cast<int>(random.below(10)), random);
    const float chance = random.uniform();
    for (int more = chance < 0.7f ? 1 : chance < 0.9f ? 2 : 3; more > 0; --more) {
        Figure next = any_digit(fonts, static_cast<int>(random.below(10)), random);
        const Bounds a = bounds_of(row.shape.points), b = bounds_of(next.shape.points);
        const float gap = random.uniform(-0.08f, 0.12f);
        transform(next.shape, shifting(a.right - b.left + gap, random.uniform(-0.1f, 0.1f)));
        append(next.shape, row.shape);
    }
    return row;
}

Shape polygon(int corners, float inner, float turn) {
    Shape shape;
    const int points = inner < 1 ? 2 * corners : corners;
    for (int i = 0; i < points; ++i) {
        const float angle = turn + 2 * std::numbers::pi_v<float> * static_cast<float>(i) /
                                       static_cast<float>(points);
        const float radius = inner < 1 && i % 2 == 1 ? inner / 2 : 0.5f;
        shape.points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
    }
    shape.close();
    return shape;
}

std::vector<Point> outline(const Shape& shape) {
    std::vector<Point> path = shape.points;
    path.push_back(path.front());
    return path;
}

// Two or more parallel lines, or two sets of them crossing.
Figure lines(Random& random) {
    Figure figure{{}, random.uniform(0.03f, 0.1f)};
    const int count = 2 + static_cast<int>(random.below(3));
    const bool crossing = random.uniform() < 0.6f;
    for (int i = 0; i < count; ++i) {
        const float at = (static_cast<float>(i) + 0.5f) / static_cast<float>(count);
        stroke_along({{at, 0}, {at, 1}}, figure.stroke, figure.shape);
        if (crossing) stroke_along({{0, at}, {1, at}}, figure.stroke, figure.shape);
    }
    transform(figure.shape, rotation(random.uniform(0.0f, 1.6f)));
    return figure;
}

// Filled polygons, stars and discs; crosses and grids; outlines of triangles and stars (those of
// other polygons are a 0 to many).
Figure plain_figure(Random& random) {
    const float kind = random.uniform();
    if (kind < 0.3f) return lines(random);
    const bool hollow = kind < 0.5f;
    const bool star = random.uniform() < 0.5f;
    const int corners = hollow && !star ? 3 : 4 + static_cast<int>(random.below(4));
    const float inner = star ? random.uniform(0.3f, 0.7f) : 1.0f;
    const float turn = random.uniform(0.0f, 6.3f);
    Figure figure{polygon(kind > 0.9f ? 24 : corners, kind > 0.9f ? 1 : inner, turn), 0.4f};
    if (hollow) {
        const std::vector<Point> path = outline(figure.shape);
        figure = {{}, some_pen(random)};
        stroke_along(path, figure.stroke, figure.shape);
    }
    transform(figure.shape, scaling(random.uniform(0.8f, 1.4f), 1));
    return figure;
}

// An outline, round or not, with eyes, a mouth and maybe a nose in it: without them it is a 0 to
// many.
Figure drawn_face(Random& random) {
    Figure figure{{}, random.uniform(0.025f, 0.1f)};
    const int corners = random.uniform() < 0.7f ? 24 : 4 + static_cast<int>(random.below(4));
    stroke_along(outline(polygon(corners, 1, random.uniform(0.0f, 6.3f))), figure.stroke,
                 figure.shape);
    const float apart = random.uniform(0.11f, 0.2f), up = random.uniform(0.04f, 0.18f);
    const float eye = figure.stroke * random.uniform(1.0f, 1.8f);
    const float open = random.uniform(0.0f, 0.1f);
    for (const float side : {-apart, apart})
        stroke_along({{side, -up}, {side, -up - open}}, eye, figure.shape);
    const float wide = random.uniform(0.1f, 0.27f), down = random.uniform(0.12f, 0.24f);
    const float smile = random.uniform(-0.13f, 0.13f);
    std::vector<Point> mouth;
    for (int i = -6; i <= 6; ++i) {
        const float part = static_cast<float>(i) / 6;
        mouth.push_back({wide * part, down + smile * (0.5f - part * part)});
    }
    stroke_along(mouth, figure.stroke, figure.shape);
    if (random.uniform() < 0.3f)
        stroke_along({{0, -0.5f * up}, {0, 0.4f * down}}, figure.stroke, figure.shape);
    const float turn = 10 * kDegree * random.normal();
    transform(figure.shape, then(scaling(random.uniform(0.7f, 1.3f), 1), rotation(turn)));
    return figure;
}

// Light from a place within or without, as skies, walls and lamps have it.
void add_light(InkField& ink, Random& random) {
    const float x = random.uniform(-0.5f, 1.5f), y = random.uniform(-0.5f, 1.5f);
    const float reach = random.uniform(0.2f, 1.5f);
    const float strength = random.uniform(0.3f, 1.0f);
    for (int row = 0; row < ink.height; ++row)
        for (int column = 0; column < ink.width; ++column) {
            const float distance =
                std::hypot((static_cast<float>(column) + 0.5f) / static_cast<float>(ink.width) - x,
                           (static_cast<float>(row) + 0.5f) / static_cast<float>(ink.height) - y);
            ink.row(row)[column] += strength * (1 - std::min(1.0f, distance / reach));
        }
}

// Smooth noise of a random grain, alike along both axes or not, with or without an edge, evenly
// lit or not; and noise of single pixels.
DrawnDigit texture(Random& random) {
    const int edge = static_cast<int>(random.uniform(28.0f, 60.0f));
    const float kind = random.uniform();
    const int across = kind < 0.15f ? edge : 2 + static_cast<int>(random.below(12));
    const int down = kind < 0.15f  ? edge
                     : kind < 0.6f ? across
                                   : 2 + static_cast<int>(random.below(12));
    InkField coarse(across, down);
    for (float& value : coarse.ink) value = random.uniform();
    InkField ink = resample(coarse, edge, edge);
    if (random.uniform() < 0.4f) add_light(ink, random);
    if (random.uniform() < 0.5f) steepen(ink, random.uniform(0.35f, 0.75f), 6);
    for (float& value : ink.ink) value = std::clamp(value, 0.0f, 1.0f);
    const auto side = static_cast<float>(edge);
    const DigitSize size{{0, 0, side, side}, 0.15f * side};
    return capture(std::move(ink), size, random_capture(random), kNoDigit, random);
}

}  // namespace

DrawnDigit draw_other(const FontSet* fonts, const Rasteriser& rasteriser, std::uint64_t seed,
                      std::uint64_t index) {
    Random random(seed, Stream::kDrawn, {4, index});
    const float kind = random.uniform();
    if (kind < 0.1f) return texture(random);
    Figure figure;
    if (kind < 0.4f && fonts != nullptr)
        figure = letter(*fonts, random);
    else if (kind < 0.6f)
        figure = written(letter_allographs(), random);
    else if (kind < 0.7f)
        figure = scribble(random);
    else if (kind < 0.8f)
        figure = on_its_side(fonts, random);
    else if (kind < 0.9f)
        figure = several_digits(fonts, random);
    else if (kind < 0.96f)
        figure = plain_figure(random);
    else
        figure = drawn_face(random);
    const Bounds bounds = bounds_of(figure.shape.points);
    const float edge = random.uniform(28.0f, 52.0f);
    const float scale = edge / std::max({bounds.width(), bounds.height(), 1e-3f});
    const Placed placed = place(std::move(figure.shape), edge, 0, random);
    const DigitSize size{bounds_of(placed.shape.points), std::max(1.0f, figure.stroke * scale)};
    return capture(rasteriser.fill(placed.shape, placed.width, placed.height), size,
                   random_capture(random), kNoDigit, random);
}

}  // namespace digit
