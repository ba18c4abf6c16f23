// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_strokes.h"

#include <cmath>
#include <numbers>

namespace digit {
namespace {

Point minus(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }

float length(Point p) { return std::hypot(p.x, p.y); }

// Velocity per unit of chord at knot i, seen from the piece that begins (or ends) there.
Point tangent(const std::vector<StrokeKnot>& knots, std::size_t i, bool begins) {
    const bool one_sided = knots[i].corner || i == 0 || i + 1 == knots.size();
    const std::size_t from = one_sided && begins ? i : i - 1;
    const std::size_t to = one_sided && !begins ? i : i + 1;
    float chord = 0;
    for (std::size_t j = from; j < to; ++j) chord += length(minus(knots[j + 1].at, knots[j].at));
    const Point way = minus(knots[to].at, knots[from].at);
    return chord > 0 ? Point{way.x / chord, way.y / chord} : Point{};
}

}  // namespace

std::vector<Point> spline(const std::vector<StrokeKnot>& knots, int lines) {
    std::vector<Point> path;
    if (knots.empty()) return path;
    path.reserve((knots.size() - 1) * static_cast<std::size_t>(lines) + 1);
    path.push_back(knots[0].at);
    for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
        const Point p = knots[i].at;
        const Point q = knots[i + 1].at;
        const float chord = length(minus(q, p));
        const Point u = tangent(knots, i, true);
        const Point v = tangent(knots, i + 1, false);
        for (int j = 1; j <= lines; ++j) {
            const float t = static_cast<float>(j) / static_cast<float>(lines);
            const float h1 = t * t * (3 - 2 * t);
            const float h0 = 1 - h1;
            const float g0 = chord * t * (1 - t) * (1 - t);
            const float g1 = -chord * t * t * (1 - t);
            path.push_back({h0 * p.x + h1 * q.x + g0 * u.x + g1 * v.x,
                            h0 * p.y + h1 * q.y + g0 * u.y + g1 * v.y});
        }
    }
    return path;
}

Nib round_nib(int corners) {
    Nib nib;
    for (int i = 0; i < corners; ++i) {
        const float angle =
            2 * std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(corners);
        nib.outline.push_back({0.5f * std::cos(angle), 0.5f * std::sin(angle)});
    }
    return nib;
}

Nib flat_nib(float angle, float flatness) {
    Nib nib = round_nib(12);
    const Affine turn = then(scaling(1, flatness), rotation(angle));
    for (Point& point : nib.outline) point = turn(point);
    return nib;
}

void add_stroke(const std::vector<Point>& path, const std::vector<float>& widths, const Nib& nib,
                Shape& shape) {
    const std::vector<Point>& outline = nib.outline;
    const std::size_t corners = outline.size();
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const Point way = minus(path[i + 1], path[i]);
        // The corners of the nib that stick out farthest to either side of the way part its
        // outline into the side that leads and the side that follows.
        std::size_t left = 0;
        std::size_t right = 0;
        const auto across = [&](std::size_t k) {
            return way.x * outline[k].y - way.y * outline[k].x;
        };
        for (std::size_t k = 1; k < corners; ++k) {
            if (across(k) > across(right)) right = k;
            if (across(k) < across(left)) left = k;
        }
        const auto add = [&](std::size_t k, std::size_t end) {
            shape.points.push_back({path[end].x + widths[end] * outline[k].x,
                                    path[end].y + widths[end] * outline[k].y});
        };
        for (std::size_t k = left;; k = (k + 1) % corners) {
            add(k, i + 1);
            if (k == right) break;
        }
        for (std::size_t k = right;; k = (k + 1) % corners) {
            add(k, i);
            if (k == left) break;
        }
        shape.close();
    }
}

}  // namespace digit
