// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ruling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace digit {
namespace {

constexpr int kLeastEdge = 56;  // pixels
constexpr double kMostSlope = 0.12;
constexpr double kCovered = 0.85;  // part of a line's pixels that are ink, at least
// Part of them where the ink is no wider than a line, at least: of those that tell that there are
// lines, and of others then, much of which a digit may cover.
constexpr double kThin = 0.6;
constexpr double kThinAmongOthers = 0.25;
// A line this near to the border, as a part of the plane's edge, may be the edge of something.
constexpr double kBorder = 0.04;
constexpr std::size_t kMostRuns = 64;  // in one column; more is noise

// The plane as one direction of lines sees it: `a` along them, `b` across. All in pixels.
struct View {
    std::uint8_t* ink;
    int length;
    int breadth;
    std::ptrdiff_t along;
    std::ptrdiff_t across;
    std::uint8_t threshold;

    std::uint8_t& at(int a, int b) const { return ink[a * along + b * across]; }
    bool is_ink(int a, int b) const { return b >= 0 && b < breadth && at(a, b) >= threshold; }
    int widest_line() const { return std::max(3, std::min(length, breadth) / 28); }
};

// [from, to) of a column.
struct Span {
    int from;
    int to;
    int width() const { return to - from; }
    double middle() const { return (from + to - 1) / 2.0; }
};

// The ink of column `a` that holds (a, b) or a pixel beside it; empty where there is none.
Span ink_at(const View& view, int a, int b) {
    for (const int near : {b, b - 1, b + 1}) {
        if (!view.is_ink(a, near)) continue;
        Span span{near, near + 1};
        while (view.is_ink(a, span.from - 1)) --span.from;
        while (view.is_ink(a, span.to)) ++span.to;
        return span;
    }
    return {b, b};
}

struct ThinRuns {
    int a = 0;  // their column
    std::array<Span, kMostRuns> runs;
    std::size_t count = 0;
};

ThinRuns thin_runs_of(const View& view, int a) {
    ThinRuns found;
    found.a = a;
    for (int b = 0; b < view.breadth;) {
        if (!view.is_ink(a, b)) {
            ++b;
            continue;
        }
        const Span run = ink_at(view, a, b);
        b = run.to;
        if (run.width() > view.widest_line()) continue;
        if (found.count == kMostRuns) return {};
        found.runs[found.count++] = run;
    }
    return found;
}

// Of a few columns from `a` on, those of the one that has most: another may lie on a line that
// crosses.
ThinRuns most_thin_runs(const View& view, int a, int step) {
    constexpr int kColumns = 4;
    ThinRuns best = thin_runs_of(view, a);
    for (int i = 1; i < kColumns; ++i) {
        ThinRuns next = thin_runs_of(view, a + i * step);
        if (next.count > best.count) best = next;
    }
    return best;
}

// Straight but for what paper bends.
struct Line {
    double at_zero;  // b where a is 0
    double slope;
    int width = 0;
    double thin = 0;  // part of it where the ink is no wider than a line

    double at(int a) const { return at_zero + slope * a; }
};

// Calls visit(a, ink) for each column that the line runs through, with the ink found there, and
// follows where it bends. Returns how many columns there were.
template <class Visit>
int follow(const View& view, const Line& line, const Visit& visit) {
    const double farthest = view.length * 0.03;
    double aside = 0;
    int columns = 0;
    for (int a = 0; a < view.length; ++a) {
        const auto b = static_cast<int>(std::lround(line.at(a) + aside));
        if (b < 0 || b >= view.breadth) continue;
        ++columns;
        const Span ink = ink_at(view, a, b);
        if (ink.width() > 0 && ink.width() <= view.widest_line())
            aside =
                std::clamp(aside + (ink.middle() - line.at(a) - aside) * 0.3, -farthest, farthest);
        visit(a, ink);
    }
    return columns;
}

// Whether there is ink all along the line, some of it thin; then `width` and `thin` are known.
bool is_line(const View& view, Line& line) {
    std::array<int, 256> widths{};
    int covered = 0;
    int thin = 0;
    const int columns = follow(view, line, [&](int, const Span& ink) {
        covered += ink.width() > 0;
        if (ink.width() == 0 || ink.width() > view.widest_line()) return;
        ++thin;
        ++widths[static_cast<std::size_t>(std::min(ink.width(), 255))];
    });
    line.thin = static_cast<double>(thin) / std::max(1, columns);
    if (columns * 10 < view.length * 9 || covered < kCovered * columns ||
        line.thin < kThinAmongOthers)
        return false;
    int below = 0;
    while (2 * (below += widths[static_cast<std::size_t>(line.width)]) < thin) ++line.width;
    return true;
}

struct Lines {
    std::array<Line, kMostRuns> all;
    std::size_t count = 0;
    int sure = 0;  // that are not near the border, and thin

    void add(const View& view, const Line& line) {
        all[count++] = line;
        const double middle = line.at(view.length / 2);
        sure += line.thin >= kThin && middle > view.breadth * kBorder &&
                middle < view.breadth * (1 - kBorder);
    }
};

Lines lines_of(const View& view) {
    const int step = std::max(1, view.length / 50);
    const ThinRuns begins = most_thin_runs(view, 0, step);
    const ThinRuns ends = most_thin_runs(view, view.length - 1, -step);
    Lines lines;
    for (std::size_t i = 0; i < begins.count; ++i)
        for (std::size_t k = 0; k < ends.count; ++k) {
            const double begin = begins.runs[i].middle();
            const double slope = (ends.runs[k].middle() - begin) / (ends.a - begins.a);
            if (std::abs(slope) > kMostSlope) continue;
            Line line{begin - slope * begins.a, slope};
            if (!is_line(view, line)) continue;
            lines.add(view, line);
            break;
        }
    return lines;
}

// The ink of the line where nothing crosses it, and its soft edges.
void erase(const View& view, const Line& line) {
    const int widest = line.width + std::max(1, line.width / 4);
    follow(view, line, [&](int a, const Span& ink) {
        if (ink.width() == 0 || ink.width() > widest) return;
        constexpr int kSoft = 2;
        const int from = std::max(0, ink.from - kSoft);
        const int to = std::min(view.breadth, ink.to + kSoft);
        for (int b = from; b < to; ++b) view.at(a, b) = 0;
    });
}

}  // namespace

bool erase_ruling(InkPlane& plane, std::uint8_t threshold) {
    if (std::min(plane.width, plane.height) < kLeastEdge) return false;
    std::uint8_t* ink = plane.ink.data();
    const View rows{ink, plane.width, plane.height, 1, plane.width, threshold};
    const View columns{ink, plane.height, plane.width, plane.width, 1, threshold};
    const Lines across = lines_of(rows);
    const Lines down = lines_of(columns);
    if (std::max(across.sure, down.sure) < 2) return false;
    for (std::size_t i = 0; i < across.count; ++i) erase(rows, across.all[i]);
    for (std::size_t i = 0; i < down.count; ++i) erase(columns, down.all[i]);
    return true;
}

}  // namespace digit
