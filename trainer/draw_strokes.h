// SPDX-License-Identifier: Apache-2.0
// Pen strokes: curves through knots, and what a nib leaves along them.
#pragma once

#include <vector>

#include "trainer/draw_shape.h"

namespace digit {

// A knot of a stroke after it was varied.
struct StrokeKnot {
    Point at;
    bool corner = false;
};

// The points of the curve through `knots`, `lines` straight pieces between two of them. Smooth
// but at corners. Source: cubic Hermite spline, tangents by finite differences over chord length.
std::vector<Point> spline(const std::vector<StrokeKnot>& knots, int lines);

// A pen's tip, as a convex polygon around the origin, half a unit in its longest radius.
struct Nib {
    std::vector<Point> outline;
};

Nib round_nib(int corners);
// An ellipse `flatness` times as thick as long, turned clockwise by `angle` radians.
Nib flat_nib(float angle, float flatness);

// Adds what the nib covers on its way along `path`; widths[i] is its size at path[i]. The polygons
// overlap and turn the same way round.
void add_stroke(const std::vector<Point>& path, const std::vector<float>& widths, const Nib& nib,
                Shape& shape);

}  // namespace digit
