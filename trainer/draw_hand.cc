// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_hand.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace digit {
namespace {

constexpr float kDegree = 0.0174533f;

float bounded_normal(Random& random, float deviation) {
    return deviation * std::clamp(random.normal(), -2.2f, 2.2f);
}

// A smooth change of the whole figure: proportions of the top and the bottom, a lean, a bend.
struct Warp {
    float power = 1;   // of y: above 1 the upper part grows at the cost of the lower
    float spread = 0;  // how much wider the bottom is than the top
    float bend = 0;
    float phase = 0;
    Affine affine;

    Point operator()(Point p) const {
        const float y = std::copysign(std::pow(std::fabs(p.y), power), p.y);
        const float x = 0.4f + (p.x - 0.4f) * (1 + spread * (p.y - 0.5f));
        const float wave = bend * std::sin(std::numbers::pi_v<float> * (1.5f * p.y + phase));
        return affine({x + wave, y});
    }
};

Warp random_warp(const Allograph& allograph, Random& random) {
    Warp warp;
    warp.power = std::exp(bounded_normal(random, 0.13f));
    warp.spread = bounded_normal(random, 0.15f);
    warp.bend = bounded_normal(random, 0.02f);
    warp.phase = random.uniform(0.0f, 2.0f);
    const float aspect = std::exp(bounded_normal(random, 0.2f));
    // A 1 whose flag hangs from a stem that leans back is a Λ.
    const float slant = allograph.digit == 1 ? 0.1f + bounded_normal(random, 0.11f)
                                             : 0.04f + bounded_normal(random, 0.17f);
    const float turn = bounded_normal(random, 5 * kDegree);
    warp.affine = then(then(scaling(std::sqrt(aspect), 1 / std::sqrt(aspect)), slanting(slant)),
                       rotation(turn));
    return warp;
}

std::vector<std::vector<StrokeKnot>> vary_knots(const Allograph& allograph, const Warp& warp,
                                                Random& random) {
    const float looseness = 0.01f * allograph.looseness * random.uniform(0.4f, 1.4f);
    std::vector<std::vector<StrokeKnot>> strokes;
    for (const Knot& knot : allograph.knots) {
        if (knot.kind == KnotKind::kEnd) break;
        if (knot.kind == KnotKind::kMove) strokes.emplace_back();
        Point at{0.01f * static_cast<float>(knot.x), 0.01f * static_cast<float>(knot.y)};
        at.x += bounded_normal(random, looseness);
        at.y += bounded_normal(random, looseness);
        strokes.back().push_back({warp(at), knot.kind == KnotKind::kCorner});
    }
    // A hurried hand rounds its corners, a careful one does not.
    if (random.uniform() < 0.25f)
        for (auto& stroke : strokes)
            for (StrokeKnot& knot : stroke)
                if (random.uniform() < 0.5f) knot.corner = false;
    return strokes;
}

// Strokes begin too early or too late, and end so.
void vary_ends(std::vector<StrokeKnot>& knots, Random& random) {
    const auto move = [&](StrokeKnot& end, const StrokeKnot& next) {
        const float amount = bounded_normal(random, 0.06f);
        end.at.x += amount * (end.at.x - next.at.x);
        end.at.y += amount * (end.at.y - next.at.y);
    };
    if (knots.size() < 2) return;
    move(knots.front(), knots[1]);
    move(knots.back(), knots[knots.size() - 2]);
}

// The hand trembles a little, more slowly than the pen moves.
void tremble(std::vector<Point>& path, float amount, Random& random) {
    float x = 0;
    float y = 0;
    for (Point& point : path) {
        x = 0.8f * x + 0.6f * bounded_normal(random, amount);
        y = 0.8f * y + 0.6f * bounded_normal(random, amount);
        point.x += x;
        point.y += y;
    }
}

// Some collections stretch every digit to a square, which makes them far wider than a hand does.
void stretch_to_square(std::vector<std::vector<StrokeKnot>>& strokes, Random& random) {
    std::vector<Point> points;
    for (const auto& stroke : strokes)
        for (const StrokeKnot& knot : stroke) points.push_back(knot.at);
    const Bounds bounds = bounds_of(points);
    const float widening = bounds.height() / std::max(bounds.width(), 0.01f);
    const float most = random.uniform(0.75f, 1.05f);
    if (widening < 1 || widening > 4) return;
    for (auto& stroke : strokes)
        for (StrokeKnot& knot : stroke) knot.at.x *= std::max(1.0f, most * widening);
}

}  // namespace

PenPaths write_strokes(const Allograph& allograph, Random& random) {
    const Warp warp = random_warp(allograph, random);
    PenPaths paths;
    const bool trembling = random.uniform() < 0.3f;
    auto strokes = vary_knots(allograph, warp, random);
    if (random.uniform() < 0.1f) stretch_to_square(strokes, random);
    for (auto& stroke : strokes) {
        vary_ends(stroke, random);
        paths.push_back(spline(stroke, stroke.size() < 4 ? 6 : 4));
        if (trembling) tremble(paths.back(), 0.004f, random);
    }
    return paths;
}

PenPaths write_with_mouse(const Allograph& allograph, Random& random) {
    const Warp warp = random_warp(allograph, random);
    const float grid = random.uniform(14.0f, 40.0f);
    const int lines = random.uniform() < 0.4f ? 1 : 2;
    PenPaths paths;
    for (auto& stroke : vary_knots(allograph, warp, random)) {
        vary_ends(stroke, random);
        paths.push_back(spline(stroke, lines));
        for (Point& point : paths.back())
            point = {std::round(point.x * grid) / grid, std::round(point.y * grid) / grid};
    }
    return paths;
}

}  // namespace digit
