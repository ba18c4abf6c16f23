// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ruling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace digit {
namespace {

constexpr int kLeastEdge = 56;  // pixels
constexpr double kMostSlope = 0.2;
constexpr double kCovered = 0.85;  // part of a line's pixels that are ink, at least
// Part of them where the ink is no wider than a line, at least: of those that tell that there are
// lines, and of others then, much of which a digit may cover.
constexpr double kThin = 0.6;
constexpr double kThinAmongOthers = 0.25;
// A line this near to the border, as a part of the plane's edge, may be the edge of something.
constexpr double kBorder = 0.04;
constexpr std::size_t kMostRuns = 64;  // in one column; more is noise
constexpr int kMostTries = 512;        // to join two of them, so that no picture takes long

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

// The ink of column `a` that holds (a, b) or a pixel beside it; empty where there is none, and no
// longer than tells that it is wider than a line.
Span ink_at(const View& view, int a, int b) {
    const int enough = 2 * view.widest_line();
    for (const int near : {b, b - 1, b + 1}) {
        if (!view.is_ink(a, near)) continue;
        Span span{near, near + 1};
        while (span.width() <= enough && view.is_ink(a, span.from - 1)) --span.from;
        while (span.width() <= enough && view.is_ink(a, span.to)) ++span.to;
        return span;
    }
    return {b, b};
}

struct ThinRuns {
    int a = 0;  // their column
    std::array<Span, kMostRuns> runs;
    std::array<bool, kMostRuns> taken{};  // known to be a line's
    std::size_t count = 0;
};

ThinRuns thin_runs_of(const View& view, int a) {
    ThinRuns found;
    found.a = a;
    for (int b = 0; b < view.breadth;) {
        Span run{b, b};
        while (view.is_ink(a, run.to)) ++run.to;
        b = run.to + 1;
        if (run.width() == 0 || run.width() > view.widest_line()) continue;
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
    int width;        // of the run that it begins with, then the median
    double thin = 0;  // part of it where the ink is no wider than a line
    int length = 0;   // within the picture

    double at(int a) const { return at_zero + slope * a; }
};

// Calls visit(a, ink) for each column that the line runs through, with the ink found there, and
// follows where it bends; ends where visit says no. Returns how many columns there were.
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
        // Wider ink is a stroke's end, whose middle is elsewhere.
        if (ink.width() > 0 && ink.width() <= line.width + 1)
            aside =
                std::clamp(aside + (ink.middle() - line.at(a) - aside) * 0.3, -farthest, farthest);
        if (!visit(a, ink)) break;
    }
    return columns;
}

// Whether there is ink all along the line, some of it thin; then `width`, `thin` and `length` are
// known.
bool is_line(const View& view, Line& line) {
    std::array<int, 256> widths{};
    int bare = 0;
    int thin = 0;
    line.length = follow(view, line, [&](int, const Span& ink) {
        bare += ink.width() == 0;
        if (ink.width() > 0 && ink.width() <= view.widest_line()) {
            ++thin;
            ++widths[static_cast<std::size_t>(std::min(ink.width(), 255))];
        }
        return bare <= (1 - kCovered) * view.length;
    });
    line.thin = static_cast<double>(thin) / std::max(1, line.length);
    if (bare > (1 - kCovered) * line.length || line.thin < kThinAmongOthers) return false;
    line.width = 0;
    int below = 0;
    while (2 * (below += widths[static_cast<std::size_t>(line.width)]) < thin) ++line.width;
    return true;
}

struct Lines {
    std::array<Line, 2 * kMostRuns> all;
    std::size_t count = 0;

    // Those that tell that there is ruling: from side to side, thin, and not near the border.
    std::size_t sure = 0;
    double slope = 0;  // of one of them

    void add(const View& view, const Line& line) {
        all[count++] = line;
        const double middle = line.at(view.length / 2);
        if (line.thin < kThin || line.length < view.length * 0.9 ||
            middle < view.breadth * kBorder || middle > view.breadth * (1 - kBorder))
            return;
        ++sure;
        slope = line.slope;
    }
};

Lines lines_of(const View& view) {
    const int step = std::max(1, view.length / 50);
    ThinRuns begins = most_thin_runs(view, 0, step);
    ThinRuns ends = most_thin_runs(view, view.length - 1, -step);
    Lines lines;
    int tries = 0;
    // From one side to the other.
    for (std::size_t i = 0; i < begins.count; ++i)
        for (std::size_t k = 0; k < ends.count; ++k) {
            if (ends.taken[k]) continue;
            const double begin = begins.runs[i].middle();
            const double slope = (ends.runs[k].middle() - begin) / (ends.a - begins.a);
            Line line{begin - slope * begins.a, slope, begins.runs[i].width()};
            if (std::abs(slope) > kMostSlope) continue;
            if (++tries > kMostTries) return lines;
            if (!is_line(view, line) || line.length < view.length * 0.9) continue;
            lines.add(view, line);
            begins.taken[i] = ends.taken[k] = true;
            break;
        }
    if (lines.sure < 2) return lines;
    // Those that leave the picture elsewhere have the others' slope.
    for (const ThinRuns& rest : {begins, ends})
        for (std::size_t i = 0; i < rest.count; ++i) {
            if (rest.taken[i]) continue;
            Line line{rest.runs[i].middle() - lines.slope * rest.a, lines.slope,
                      rest.runs[i].width()};
            if (is_line(view, line) && line.length >= view.length / 10) lines.add(view, line);
        }
    return lines;
}

// The ink of the line where nothing crosses it, and its soft edges; where it is at most so much
// wider than the line.
void erase(const View& view, const Line& line, int wider) {
    const int widest = line.width + std::max(1, line.width / 4) + wider;
    follow(view, line, [&](int a, const Span& ink) {
        constexpr int kSoft = 2;
        const int from = std::max(0, ink.from - kSoft);
        const int to = std::min(view.breadth, ink.to + kSoft);
        for (int b = from; b < to && ink.width() <= widest; ++b) view.at(a, b) = 0;
        return true;
    });
}

}  // namespace

bool erase_ruling(InkPlane& plane, std::uint8_t threshold) {
    if (std::min(plane.width, plane.height) < kLeastEdge) return false;
    std::uint8_t* ink = plane.ink.data();
    const auto least = static_cast<std::uint8_t>(threshold / 2);
    const View rows{ink, plane.width, plane.height, 1, plane.width, least};
    const View columns{ink, plane.height, plane.width, plane.width, 1, least};
    const Lines across = lines_of(rows);
    const Lines down = lines_of(columns);
    if (std::max(across.sure, down.sure) < 2) return false;
    // Twice: where lines of both directions cross, each is too wide for the other at first, and
    // dots with soft corners are left.
    for (const int wider : {0, 1}) {
        for (std::size_t i = 0; i < across.count; ++i) erase(rows, across.all[i], wider);
        for (std::size_t i = 0; i < down.count; ++i) erase(columns, down.all[i], wider);
    }
    return true;
}

}  // namespace digit
