// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_shape.h"

#include <algorithm>
#include <cmath>

namespace digit {

Affine then(const Affine& first, const Affine& second) {
    return {second.a * first.a + second.b * first.c,
            second.a * first.b + second.b * first.d,
            second.c * first.a + second.d * first.c,
            second.c * first.b + second.d * first.d,
            second.a * first.e + second.b * first.f + second.e,
            second.c * first.e + second.d * first.f + second.f};
}

Affine scaling(float x, float y) { return {x, 0, 0, y, 0, 0}; }

Affine slanting(float slope) { return {1, -slope, 0, 1, 0, 0}; }

Affine rotation(float angle) {
    const float cosine = std::cos(angle);
    const float sine = std::sin(angle);
    return {cosine, -sine, sine, cosine, 0, 0};
}

Affine shifting(float x, float y) { return {1, 0, 0, 1, x, y}; }

void transform(Shape& shape, const Affine& affine) {
    for (Point& point : shape.points) point = affine(point);
}

Bounds bounds_of(const std::vector<Point>& points) {
    if (points.empty()) return {};
    Bounds bounds{points[0].x, points[0].y, points[0].x, points[0].y};
    for (const Point& point : points) {
        bounds.left = std::min(bounds.left, point.x);
        bounds.right = std::max(bounds.right, point.x);
        bounds.top = std::min(bounds.top, point.y);
        bounds.bottom = std::max(bounds.bottom, point.y);
    }
    return bounds;
}

float stroke_width_of(const Shape& shape) {
    double area = 0;
    double outline = 0;
    std::size_t begin = 0;
    for (const int stop : shape.ends) {
        const auto end = static_cast<std::size_t>(stop);
        for (std::size_t i = begin; i < end; ++i) {
            const Point p = shape.points[i];
            const Point q = shape.points[i + 1 < end ? i + 1 : begin];
            area += 0.5 * (static_cast<double>(p.x) * static_cast<double>(q.y) -
                           static_cast<double>(q.x) * static_cast<double>(p.y));
            outline += static_cast<double>(std::hypot(q.x - p.x, q.y - p.y));
        }
        begin = end;
    }
    return outline > 0 ? static_cast<float>(2 * std::fabs(area) / outline) : 0.0f;
}

}  // namespace digit
