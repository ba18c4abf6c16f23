// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_segments.h"

#include <array>

namespace digit {
namespace {

// Segments clockwise from the top one, the middle one last: bits 0 to 6.
constexpr std::array<unsigned, 10> kLit = {0x3f, 0x06, 0x5b, 0x4f, 0x66,
                                           0x6d, 0x7d, 0x07, 0x7f, 0x6f};
constexpr unsigned kTop = 0x01;
constexpr unsigned kBottom = 0x08;
constexpr unsigned kTopLeft = 0x20;

unsigned lit_segments(int label, Random& random) {
    unsigned lit = kLit[static_cast<std::size_t>(label)];
    const bool other = random.uniform() < 0.35f;
    if (label == 6 && other) lit &= ~kTop;
    if (label == 9 && other) lit &= ~kBottom;
    if (label == 7 && other) lit |= kTopLeft;
    return lit;
}

struct Style {
    float width = 0;
    float thickness = 0;
    float gap = 0;      // between the tips of neighbouring segments
    float pointed = 0;  // how far the tips taper, as a part of half the thickness
};

// A bar from p to q along x (or y), tips tapered.
void add_bar(Point p, Point q, const Style& style, bool upright, Shape& shape) {
    const float half = style.thickness / 2;
    const float taper = half * style.pointed;
    const auto add = [&](float along, float across, Point from) {
        shape.points.push_back(upright ? Point{from.x + across, from.y + along}
                                       : Point{from.x + along, from.y - across});
    };
    add(style.gap, 0, p);
    add(style.gap + taper, half, p);
    add(-style.gap - taper, half, q);
    add(-style.gap, 0, q);
    add(-style.gap - taper, -half, q);
    add(style.gap + taper, -half, p);
    shape.close();
}

Style random_style(Random& random) {
    Style style;
    style.width = random.uniform(0.4f, 0.66f);
    style.thickness = random.uniform(0.06f, 0.19f);
    style.gap = random.uniform() < 0.3f ? 0.0f : random.uniform(0.005f, 0.03f);
    style.pointed = random.uniform() < 0.5f ? 1.0f : random.uniform(0.0f, 1.0f);
    return style;
}

}  // namespace

SegmentDigit segment_digit(int label, Random& random) {
    const Style style = random_style(random);
    const unsigned lit = lit_segments(label, random);
    const float w = style.width;
    // Blunt tips would overlap their neighbours: those segments begin beside them.
    const float inset = style.thickness / 2 * (1 - style.pointed);
    const std::array<std::array<Point, 2>, 7> ends = {{{{{inset, 0}, {w - inset, 0}}},
                                                       {{{w, inset}, {w, 0.5f - inset}}},
                                                       {{{w, 0.5f + inset}, {w, 1 - inset}}},
                                                       {{{inset, 1}, {w - inset, 1}}},
                                                       {{{0, 0.5f + inset}, {0, 1 - inset}}},
                                                       {{{0, inset}, {0, 0.5f - inset}}},
                                                       {{{inset, 0.5f}, {w - inset, 0.5f}}}}};
    SegmentDigit digit;
    digit.stroke_width = style.thickness;
    for (unsigned i = 0; i < ends.size(); ++i)
        if ((lit >> i & 1) != 0) add_bar(ends[i][0], ends[i][1], style, i % 3 != 0, digit.shape);
    return digit;
}

}  // namespace digit
