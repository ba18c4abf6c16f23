// SPDX-License-Identifier: Apache-2.0
// Plane figures made of closed polygons: what glyphs and pen strokes become before they are
// turned into pixels.
#pragma once

#include <vector>

namespace digit {

// x to the right, y down.
struct Point {
    float x = 0;
    float y = 0;
};

struct Bounds {
    float left = 0;
    float top = 0;
    float right = 0;
    float bottom = 0;
    float width() const { return right - left; }
    float height() const { return bottom - top; }
};

// Closed polygons, filled where the winding number is not zero.
struct Shape {
    std::vector<Point> points;
    std::vector<int> ends;  // one past the last point of each polygon

    // Adds a polygon of the points appended since the last close(); nothing when there are none.
    void close() {
        const int end = static_cast<int>(points.size());
        if (end > (ends.empty() ? 0 : ends.back())) ends.push_back(end);
    }
};

// x' = a x + b y + e, y' = c x + d y + f.
struct Affine {
    float a = 1;
    float b = 0;
    float c = 0;
    float d = 1;
    float e = 0;
    float f = 0;

    Point operator()(Point p) const { return {a * p.x + b * p.y + e, c * p.x + d * p.y + f}; }
};

// first, then second.
Affine then(const Affine& first, const Affine& second);
Affine scaling(float x, float y);
// Leans to the right by `slope` to the top.
Affine slanting(float slope);
// Clockwise, radians.
Affine rotation(float angle);
Affine shifting(float x, float y);

void transform(Shape& shape, const Affine& affine);

// All zero for an empty shape.
Bounds bounds_of(const std::vector<Point>& points);

// Mean stroke width of a figure without overlapping polygons: twice its area by its outline.
float stroke_width_of(const Shape& shape);

}  // namespace digit
