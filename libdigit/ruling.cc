// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ruling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digit {
namespace {

constexpr int kLeastEdge = 56;  // pixels
constexpr double kMostSlope = 0.2;
constexpr double kMostSkew = 0.06;  // between lines of both directions
constexpr double kCovered = 0.85;   // part of a line's pixels that are ink, at least
// Part of them where the ink is no wider than a line, at least: of those that tell that there are
// lines, and of others then, much of which a digit may cover.
constexpr double kThin = 0.6;
constexpr double kThinAmongOthers = 0.25;
// A line this near to the border, as a part of the plane's edge, may be the edge of something.
constexpr double kBorder = 0.04;
constexpr std::size_t kMostRuns = 64;  // in one column; more is noise
// Columns looked at in all, so that no picture takes long; a squared sheet of 240 by 240 pixels
// takes some 10,000.
constexpr int kMostColumns = 100'000;
constexpr int kMostAspect = 4;

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

struct ThinRun : Span {
    bool taken = false;  // known to be a line's
};

struct ThinRuns {
    int a = 0;  // their column
    ScratchVector<ThinRun> runs;
};

ThinRuns thin_runs_of(const View& view, int a) {
    ThinRuns found{a, {}};
    for (int b = 0; b < view.breadth;) {
        Span run{b, b};
        while (view.is_ink(a, run.to)) ++run.to;
        b = run.to + 1;
        if (run.width() == 0 || run.width() > view.widest_line()) continue;
        if (found.runs.size() == kMostRuns) return {a, {}};
        found.runs.push_back({run});
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
        if (next.runs.size() > best.runs.size()) best = std::move(next);
    }
    return best;
}

// Whether the ink at (a, b) runs through the whole picture: a line of the other direction.
bool crosses_all(const View& view, int a, int b) {
    int ink = 0;
    for (int i = 0; i < view.breadth; ++i) ink += view.is_ink(a, i);
    return view.is_ink(a, b) && ink * 10 >= view.breadth * 9;
}

// Straight but for what paper bends.
struct Line {
    double at_zero;  // b where a is 0
    double slope;
    int width;        // of the run that it begins with, then the median
    double thin = 0;  // part of it where the ink is no wider than a line
    int length = 0;   // within the picture
    // Reaches both sides of the picture, and is no wider there: the bars of an angular digit are
    // joined to others at an end.
    bool bare_at_sides = false;

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
    std::array<int, 64> widths{};
    int bare = 0;
    int thin = 0;
    bool at_sides[2] = {};
    bool joined[2] = {};
    line.length = follow(view, line, [&](int a, const Span& ink) {
        bare += ink.width() == 0;
        const bool is_thin = ink.width() > 0 && ink.width() <= view.widest_line();
        if (is_thin) {
            ++thin;
            ++widths[std::min(static_cast<std::size_t>(ink.width()), widths.size() - 1)];
        }
        if (std::min(a, view.length - 1 - a) < 2 && ink.width() > 0) {
            const std::size_t side = 2 * a > view.length;
            (is_thin || crosses_all(view, a, ink.from) ? at_sides : joined)[side] = true;
        }
        return bare <= (1 - kCovered) * view.length;
    });
    line.thin = static_cast<double>(thin) / std::max(1, line.length);
    if (bare > (1 - kCovered) * line.length || line.thin < kThinAmongOthers) return false;
    line.bare_at_sides = at_sides[0] && at_sides[1] && !joined[0] && !joined[1];
    line.width = 0;
    int below = 0;
    while (2 * (below += widths[static_cast<std::size_t>(line.width)]) < thin) ++line.width;
    return true;
}

struct Lines {
    ScratchVector<Line> all;

    // Those that tell that there is ruling.
    int at_sides = 0;
    int telling = 0;
    double slope = 0;  // of one of them

    void add(const View& view, const Line& line) {
        const double middle = line.at(view.length / 2);
        // From side to side, thin, not near the border, and not the same stroke again.
        const bool tells =
            line.thin >= kThin && line.length >= view.length * 0.9 &&
            middle > view.breadth * kBorder && middle < view.breadth * (1 - kBorder) &&
            std::none_of(all.begin(), all.end(), [&](const Line& other) {
                return std::abs(other.at(view.length / 2) - middle) <= view.widest_line();
            });
        all.push_back(line);
        if (!tells) return;
        ++telling;
        at_sides += line.bare_at_sides;
        slope = line.slope;
    }

    // No digit has four bars.
    bool are_ruling(bool sides_tell) const { return (sides_tell && at_sides >= 2) || telling >= 4; }
};

// columns: that may still be looked at.
Lines lines_of(const View& view, int& columns) {
    const int step = std::max(1, view.length / 50);
    ThinRuns begins = most_thin_runs(view, 0, step);
    ThinRuns ends = most_thin_runs(view, view.length - 1, -step);
    Lines lines;
    // From one side to the other.
    for (ThinRun& from : begins.runs)
        for (ThinRun& to : ends.runs) {
            if (to.taken) continue;
            const double slope = (to.middle() - from.middle()) / (ends.a - begins.a);
            if (std::abs(slope) > kMostSlope) continue;
            if (columns <= 0) return lines;
            Line line{from.middle() - slope * begins.a, slope, from.width()};
            const bool is = is_line(view, line);
            columns -= line.length;
            if (!is || line.length < view.length * 0.9) continue;
            lines.add(view, line);
            from.taken = to.taken = true;
            break;
        }
    if (lines.telling == 0) return lines;
    // Those that leave the picture elsewhere have the others' slope.
    for (const ThinRuns* rest : {&begins, &ends})
        for (const ThinRun& run : rest->runs) {
            if (run.taken || columns <= 0) continue;
            Line line{run.middle() - lines.slope * rest->a, lines.slope, run.width()};
            const bool is = is_line(view, line);
            columns -= line.length;
            if (is && line.length >= view.length / 10) lines.add(view, line);
        }
    return lines;
}

// The ink of the line where nothing crosses it, and its soft edges; where it is at most so much
// wider than the line.
void erase(const View& view, const Line& line, int wider) {
    const int widest = line.width + std::max(1, line.width / 4) + wider;
    follow(view, line, [&](int a, const Span& ink) {
        if (ink.width() == 0 || ink.width() > widest) return true;
        constexpr int kSoft = 2;
        const int from = std::max(0, ink.from - kSoft);
        const int to = std::min(view.breadth, ink.to + kSoft);
        for (int b = from; b < to; ++b) view.at(a, b) = 0;
        return true;
    });
}

}  // namespace

bool erase_ruling(InkPlane& plane, std::uint8_t threshold, bool sides_tell) {
    const auto [shorter, longer] = std::minmax(plane.width, plane.height);
    if (shorter < kLeastEdge || longer > kMostAspect * shorter) return false;
    std::uint8_t* ink = plane.ink.data();
    const auto least = static_cast<std::uint8_t>(threshold / 2);
    const View rows{ink, plane.width, plane.height, 1, plane.width, least};
    const View columns{ink, plane.height, plane.width, plane.width, 1, least};
    int left = kMostColumns;
    const Lines across = lines_of(rows, left);
    const Lines down = lines_of(columns, left);
    // Nor two within the picture in each direction. Where one is ruled, one line of the other, at
    // right angles, is enough.
    const bool squared = across.telling >= 2 && down.telling >= 2;
    const bool straight = std::abs(across.slope + down.slope) < kMostSkew;
    const bool ruled = across.are_ruling(sides_tell) || down.are_ruling(sides_tell);
    const bool rows_ruled =
        squared || across.are_ruling(sides_tell) || (ruled && straight && across.at_sides > 0);
    const bool columns_ruled =
        squared || down.are_ruling(sides_tell) || (ruled && straight && down.at_sides > 0);
    if (!rows_ruled && !columns_ruled) return false;
    const ScratchVector<std::uint8_t> before = plane.ink;
    // Twice: where lines of both directions cross, each is too wide for the other at first, and
    // dots with soft corners are left.
    for (const int wider : {0, 1}) {
        for (const Line& line : across.all)
            if (rows_ruled) erase(rows, line, wider);
        for (const Line& line : down.all)
            if (columns_ruled) erase(columns, line, wider);
    }
    if (std::any_of(plane.ink.begin(), plane.ink.end(),
                    [&](std::uint8_t level) { return level >= threshold; }))
        return true;
    plane.ink = before;  // it was all that there is
    return false;
}

}  // namespace digit
