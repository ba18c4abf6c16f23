// SPDX-License-Identifier: Apache-2.0
#include "libdigit/sheet.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdlib>

#include "libdigit/background.h"

namespace digit {
namespace {

// The outline of everything that does not touch the border.
struct Outline {
    int left, top, right = 0, bottom = 0;
    std::int64_t area = 0;     // pixels of ink
    std::int64_t within = 0;   // pixels from each row's first to its last
    std::int64_t corners = 0;  // of the quadrilateral between the outermost ones
};

Outline outline_of(const InkPlane& plane, const Components& components) {
    Outline outline{plane.width, plane.height};
    struct Point {
        int x, y;
    };
    Point first{}, last{}, upper{}, lower{};  // by x + y, and by x - y
    int sums[2] = {INT_MAX, INT_MIN}, differences[2] = {INT_MAX, INT_MIN};
    int row = -1, row_left = 0, row_right = 0;
    for (const Run& run : components.runs) {
        if (components.all[static_cast<std::size_t>(run.component)].border_contact > 0) continue;
        if (run.y != row) {
            outline.within += row_right - row_left;
            row = run.y;
            row_left = run.from;
            outline.top = std::min(outline.top, row);
        }
        row_right = run.to;
        outline.left = std::min(outline.left, run.from);
        outline.right = std::max(outline.right, run.to);
        outline.bottom = run.y + 1;
        outline.area += run.to - run.from;
        for (const Point p : {Point{run.from, run.y}, Point{run.to - 1, run.y}}) {
            if (p.x + p.y < sums[0]) sums[0] = p.x + p.y, first = p;
            if (p.x + p.y > sums[1]) sums[1] = p.x + p.y, last = p;
            if (p.x - p.y < differences[0]) differences[0] = p.x - p.y, lower = p;
            if (p.x - p.y > differences[1]) differences[1] = p.x - p.y, upper = p;
        }
    }
    outline.within += row_right - row_left;
    const std::int64_t down_x = last.x - first.x, down_y = last.y - first.y;
    const std::int64_t up_x = upper.x - lower.x, up_y = upper.y - lower.y;
    outline.corners = std::abs(down_x * up_y - down_y * up_x) / 2;
    return outline;
}

}  // namespace

// It is a quadrilateral, which fat digits are not, and mostly filled.
std::optional<Box> sheet_on_table(const InkReading& reading, const Components& components) {
    constexpr int kLeastEdge = 64;
    const InkPlane& plane = reading.plane;
    if (reading.clean || std::min(plane.width, plane.height) < kLeastEdge ||
        plane.ink.size() > kMostPixelsToReadAgain)
        return std::nullopt;
    const Outline outline = outline_of(plane, components);
    const int width = outline.right - outline.left;
    const int height = outline.bottom - outline.top;
    if (2 * width <= plane.width || 2 * height <= plane.height ||
        outline.corners * 20 < outline.within * 19 || outline.area * 10 < outline.within * 7)
        return std::nullopt;
    return Box{outline.left, outline.top, width, height};
}

Picture cut_out(const Picture& picture, const Box& box) {
    Picture cut;
    cut.width = static_cast<std::uint32_t>(box.width);
    cut.height = static_cast<std::uint32_t>(box.height);
    cut.channels = picture.channels;
    cut.source_width = picture.source_width;
    cut.source_height = picture.source_height;
    cut.reduction_x = picture.reduction_x;
    cut.reduction_y = picture.reduction_y;
    const auto channels = static_cast<std::size_t>(picture.channels);
    const std::size_t row_bytes = cut.width * channels;
    cut.pixels.reserve(cut.height * row_bytes);
    for (int y = box.y; y < box.y + box.height; ++y) {
        const std::uint8_t* row = &picture.pixels[(static_cast<std::size_t>(y) * picture.width +
                                                   static_cast<std::size_t>(box.x)) *
                                                  channels];
        cut.pixels.insert(cut.pixels.end(), row, row + row_bytes);
    }
    return cut;
}

}  // namespace digit
