// SPDX-License-Identifier: Apache-2.0
#include "libdigit/digit_choice.h"

#include <algorithm>
#include <cmath>

namespace digit {
namespace {

struct Square {
    int left, top, right, bottom;
};

Square central_square(const InkPlane& plane) {
    const int edge = std::min(plane.width, plane.height);
    const int left = (plane.width - edge) / 2;
    const int top = (plane.height - edge) / 2;
    return {left, top, left + edge, top + edge};
}

bool overlaps(const Component& c, const Square& s) {
    return c.left < s.right && c.right > s.left && c.top < s.bottom && c.bottom > s.top;
}

// Keeps to the outer band: may be a page edge, a ruled line, a frame, a shadow, a finger, or a
// part of a digit.
bool is_outer(const Component& c) { return c.outer * 10 > c.area * 8; }

// An outer piece that no digit has, but for bars (may_be_bar): in a corner, or long for the
// picture.
bool is_edge(const Component& c, const InkPlane& plane) {
    return is_outer(c) && (c.sides_touched() > 1 || c.width() * 10 > plane.width * 6 ||
                           c.height() * 10 > plane.height * 6);
}

// A line across the picture: long for it, and thin for its length.
bool is_line(const Component& c, const InkPlane& plane) {
    const int longest = std::max(c.width(), c.height());
    const int across = std::min(c.width(), c.height());
    const int picture = c.width() >= c.height() ? plane.width : plane.height;
    return c.border_contact > 0 && longest > 0.9 * picture && across < 0.1 * longest;
}

double centrality(const Component& c, const InkPlane& plane) {
    const double x = (c.left + c.right - plane.width) / (2.0 * plane.width);
    const double y = (c.top + c.bottom - plane.height) / (2.0 * plane.height);
    return std::exp(-4 * (x * x + y * y));
}

// Empty pixels between two boxes, along the axis on which they are farther apart.
int gap(const Component& a, const Component& b) {
    const int x = std::max(a.left, b.left) - std::min(a.right, b.right);
    const int y = std::max(a.top, b.top) - std::min(a.bottom, b.bottom);
    return std::max({x, y, 0});
}

// Whether the ink is in many small pieces, of which none is most of it.
bool is_dotted(const Components& components) {
    constexpr std::size_t kManyPieces = 5;
    if (components.all.size() < kManyPieces) return false;
    std::int64_t largest = 0;
    std::int64_t all = 0;
    for (const Component& c : components.all) {
        largest = std::max(largest, c.mass);
        all += c.mass;
    }
    return largest * 5 < all * 2;
}

// Whether `c` is another dot or dash beside the pieces so far.
bool is_next_dot(const Component& c, const Component& whole, const InkPlane& plane) {
    return gap(c, whole) * 8 <= std::min(plane.width, plane.height) &&
           std::max(c.width(), c.height()) * 2 < std::min(plane.width, plane.height);
}

// Whether `c` is another piece of the digit whose pieces so far are `whole`.
bool belongs(const Component& c, const Component& whole, const Component& main) {
    const int size = std::max(whole.width(), whole.height());
    if (c.area * 50 < main.area) return false;
    if (gap(c, whole) * 10 > size * 3) return false;
    if (c.border_contact > 0 && main.border_contact == 0 && is_outer(c)) return false;
    // A neighbour as large as the digit itself is another digit, not a part of this one.
    const bool beside = c.left >= whole.right || c.right <= whole.left;
    return !(beside && c.height() * 10 > whole.height() * 7);
}

void include(Component& whole, const Component& c) {
    whole.left = std::min(whole.left, c.left);
    whole.top = std::min(whole.top, c.top);
    whole.right = std::max(whole.right, c.right);
    whole.bottom = std::max(whole.bottom, c.bottom);
}

// Frames touch three sides or more, where there are any in a picture without noise; so does a bar
// from side to side, which is left out with them.
bool may_be_bar(const Component& c, const Component& main) {
    return main.border_contact > 0 && c.sides_touched() < 3;
}

}  // namespace

DigitChoice choose_digit(const InkPlane& plane, const Components& components, bool clean,
                         bool keep_bars) {
    DigitChoice choice;
    const auto& all = components.all;
    choice.kept.assign(all.size(), false);
    if (all.empty()) return choice;
    const Square square = central_square(plane);

    // Where nothing but edges and lines is found, they are taken for the digit after all.
    int best = -1;
    for (const bool strict : {true, false}) {
        double best_score = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Component& c = all[i];
            if (strict && (is_edge(c, plane) || is_line(c, plane))) continue;
            const double score = static_cast<double>(c.mass) * centrality(c, plane) *
                                 (overlaps(c, square) ? 1.0 : 0.01) *
                                 (c.border_contact > 0 && is_outer(c) ? 0.1 : 1.0);
            if (score > best_score) {
                best_score = score;
                best = static_cast<int>(i);
            }
        }
        if (best >= 0) break;
    }
    if (best < 0) return choice;
    const Component& main = all[static_cast<std::size_t>(best)];
    choice.outside_square = !overlaps(main, square);
    choice.kept[static_cast<std::size_t>(best)] = true;
    Component whole = main;
    const bool dotted = clean && is_dotted(components);
    // Pieces may reach the digit only through other pieces.
    for (bool grown = true; grown;) {
        grown = false;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool bar = keep_bars && clean && may_be_bar(all[i], main);
            if (choice.kept[i] || is_line(all[i], plane) || (!bar && is_edge(all[i], plane)) ||
                !(belongs(all[i], whole, main) || (dotted && is_next_dot(all[i], whole, plane))))
                continue;
            choice.kept[i] = grown = true;
            include(whole, all[i]);
        }
    }
    choice.left = whole.left;
    choice.top = whole.top;
    choice.right = whole.right;
    choice.bottom = whole.bottom;
    return choice;
}

}  // namespace digit
