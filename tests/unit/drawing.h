// SPDX-License-Identifier: Apache-2.0
// Pictures of digits drawn for the tests: polylines with a round pen, antialiased.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "libdigit/picture.h"

namespace digit::test {

struct Point {
    double x, y;
};
using Stroke = std::vector<Point>;

// Strokes in a box of width 0.7 and height 1.
inline std::vector<Stroke> strokes_of(int digit) {
    switch (digit) {
        case 1:
            return {{{0.1, 0.25}, {0.35, 0}, {0.35, 1}}};
        case 2:
            return {{{0, 0.2}, {0.2, 0}, {0.5, 0}, {0.7, 0.25}, {0, 1}, {0.7, 1}}};
        case 4:
            return {{{0.5, 1}, {0.5, 0}, {0, 0.65}, {0.7, 0.65}}};
        case 5:  // its bar stands apart
            return {{{0.12, 0.08}, {0.05, 0.45}, {0.4, 0.4}, {0.7, 0.65}, {0.45, 1}, {0, 0.95}},
                    {{0.3, 0}, {0.7, 0}}};
        case 6:
            return {{{0.55, 0},
                     {0.1, 0.4},
                     {0, 0.75},
                     {0.3, 1},
                     {0.65, 0.8},
                     {0.5, 0.5},
                     {0.05, 0.65}}};
        case 7:
            return {{{0, 0}, {0.7, 0}, {0.25, 1}}};
        default:
            return {};
    }
}

struct Canvas {
    int width = 100;
    int height = 100;
    // Place and height of the digit, pen diameter; pixels.
    double x = 30;
    double y = 20;
    double size = 60;
    double pen = 6;
    std::array<double, 3> paper{255, 255, 255};
    std::array<double, 3> ink{0, 0, 0};
    int channels = 1;
};

inline double distance_to(const Stroke& stroke, double x, double y) {
    double nearest = 1e9;
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
        const double dx = stroke[i + 1].x - stroke[i].x;
        const double dy = stroke[i + 1].y - stroke[i].y;
        const double t = std::clamp(
            ((x - stroke[i].x) * dx + (y - stroke[i].y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
        nearest = std::min(nearest, std::hypot(x - stroke[i].x - t * dx, y - stroke[i].y - t * dy));
    }
    return nearest;
}

// A picture that calls `edit(x, y, ink)` for each pixel's share of ink, 0 to 1, before colouring
// it.
inline Picture draw(int digit, const Canvas& canvas) {
    Picture picture;
    picture.width = picture.source_width = static_cast<std::uint32_t>(canvas.width);
    picture.height = picture.source_height = static_cast<std::uint32_t>(canvas.height);
    picture.channels = canvas.channels;
    const auto strokes = strokes_of(digit);
    for (int y = 0; y < canvas.height; ++y)
        for (int x = 0; x < canvas.width; ++x) {
            double distance = 1e9;
            for (const Stroke& stroke : strokes)
                distance = std::min(
                    distance, canvas.size * distance_to(stroke, (x + 0.5 - canvas.x) / canvas.size,
                                                        (y + 0.5 - canvas.y) / canvas.size));
            const double ink = std::clamp(canvas.pen / 2 + 0.5 - distance, 0.0, 1.0);
            for (std::size_t c = 0; c < static_cast<std::size_t>(canvas.channels); ++c)
                picture.pixels.push_back(static_cast<std::uint8_t>(
                    std::lround(canvas.paper[c] + ink * (canvas.ink[c] - canvas.paper[c]))));
        }
    return picture;
}

// Changes every pixel: level = change(x, y, level), clamped.
template <class Change>
void repaint(Picture& picture, Change change) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        const double x = static_cast<double>(i / channels % picture.width);
        const double y = static_cast<double>(i / channels / picture.width);
        picture.pixels[i] = static_cast<std::uint8_t>(
            std::clamp(change(x, y, static_cast<double>(picture.pixels[i])), 0.0, 255.0));
    }
}

inline void add_noise(Picture& picture, double deviation) {
    std::mt19937 random(7);
    std::normal_distribution<double> normal(0, deviation);
    repaint(picture, [&](double, double, double level) { return level + normal(random); });
}

}  // namespace digit::test
