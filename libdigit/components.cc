// SPDX-License-Identifier: Apache-2.0
#include "libdigit/components.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "libdigit/byte_bits.h"

namespace digit {
namespace {

// While runs are joined, `component` is the index of another run of the same piece, or their own.
std::int32_t root(ScratchVector<Run>& runs, std::int32_t i) {
    while (runs[static_cast<std::size_t>(i)].component != i) {
        auto& parent = runs[static_cast<std::size_t>(i)].component;
        parent = runs[static_cast<std::size_t>(parent)].component;
        i = parent;
    }
    return i;
}

constexpr int kBits = 64;

// Of a plane of noise there are so many that a list that doubles as it grows would be tens of MiB;
// one that is run over at 64 pixels counts twice.
std::size_t count_runs(const InkPlane& plane, std::uint8_t threshold) {
    std::size_t count = 0;
    const std::uint8_t* row = plane.ink.data();
    for (int y = 0; y < plane.height; ++y, row += plane.width)
        for (int first = 0; first < plane.width; first += kBits) {
            const std::uint64_t strokes =
                bits_of_at_least(row + first, std::min(kBits, plane.width - first), threshold);
            count += static_cast<std::size_t>(std::popcount(strokes & ~(strokes << 1)));
        }
    return count;
}

// Planes of fewer pixels have few runs, however they lie.
constexpr std::size_t kManyPixels = 1 << 16;

ScratchVector<Run> find_runs(const InkPlane& plane, std::uint8_t threshold) {
    ScratchVector<Run> runs;
    runs.reserve(plane.ink.size() < kManyPixels ? static_cast<std::size_t>(plane.height) * 4
                                                : count_runs(plane, threshold));
    const std::uint8_t* row = plane.ink.data();
    for (int y = 0; y < plane.height; ++y, row += plane.width)
        for (int first = 0; first < plane.width; first += kBits) {
            const int count = std::min(kBits, plane.width - first);
            std::uint64_t strokes = bits_of_at_least(row + first, count, threshold);
            for (int x = 0; strokes != 0;) {
                const int blank = std::countr_zero(strokes);
                strokes >>= blank;
                const int length = std::countr_one(strokes);
                strokes = length < kBits ? strokes >> length : 0;
                const int from = first + x + blank;
                if (!runs.empty() && runs.back().y == y && runs.back().to == from)
                    runs.back().to = from + length;  // from the 64 pixels before
                else
                    runs.push_back(
                        {from, from + length, y, static_cast<std::int32_t>(runs.size())});
                x += blank + length;
            }
        }
    return runs;
}

// Joins runs of neighbouring rows that touch, diagonally too.
void join_runs(ScratchVector<Run>& runs) {
    std::size_t above = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        while (above < i && (runs[above].y < runs[i].y - 1 ||
                             (runs[above].y == runs[i].y - 1 && runs[above].to < runs[i].from)))
            ++above;
        for (std::size_t j = above;
             j < i && runs[j].y == runs[i].y - 1 && runs[j].from <= runs[i].to; ++j) {
            const auto a = root(runs, static_cast<std::int32_t>(i));
            const auto b = root(runs, static_cast<std::int32_t>(j));
            runs[static_cast<std::size_t>(std::max(a, b))].component = std::min(a, b);
        }
    }
}

}  // namespace

Components find_components(const InkPlane& plane, std::uint8_t threshold) {
    ScratchVector<Run> runs = find_runs(plane, threshold);
    join_runs(runs);
    Components components;
    std::size_t pieces = 0;
    for (std::size_t i = 0; i < runs.size(); ++i)
        pieces += runs[i].component == static_cast<std::int32_t>(i);
    components.all.reserve(pieces);
    ScratchVector<std::int32_t> index(runs.size(), -1);
    const int band_x = static_cast<int>(kOuterBand * plane.width);
    const int band_y = static_cast<int>(kOuterBand * plane.height);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Run& run = runs[i];
        const auto at = static_cast<std::size_t>(root(runs, static_cast<std::int32_t>(i)));
        if (index[at] < 0) {
            index[at] = static_cast<std::int32_t>(components.all.size());
            Component first;
            first.left = run.from;
            first.top = run.y;
            first.right = run.to;
            components.all.push_back(first);
        }
        index[i] = index[at];
        Component& component = components.all[static_cast<std::size_t>(index[at])];
        component.left = std::min(component.left, run.from);
        component.right = std::max(component.right, run.to);
        component.bottom = run.y + 1;
        component.area += run.to - run.from;
        const bool outer_row = run.y < band_y || run.y >= plane.height - band_y;
        component.outer += outer_row
                               ? run.to - run.from
                               : std::max(0, std::min(run.to, band_x) - run.from) +
                                     std::max(0, run.to - std::max(run.from, plane.width - band_x));
        component.at_left = component.at_left || run.from == 0;
        component.at_right = component.at_right || run.to == plane.width;
        component.at_top = component.at_top || run.y == 0;
        component.at_bottom = component.at_bottom || run.y == plane.height - 1;
        component.border_contact += run.y == 0 || run.y == plane.height - 1
                                        ? run.to - run.from
                                        : (run.from == 0) + (run.to == plane.width);
        const std::uint8_t* ink = plane.ink.data() + static_cast<std::size_t>(run.y) *
                                                         static_cast<std::size_t>(plane.width);
        std::uint32_t mass = 0;
        for (int x = run.from; x < run.to; ++x) mass += ink[x];
        component.mass += mass;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].component = index[i];
    components.runs = std::move(runs);
    return components;
}

}  // namespace digit
