// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_pen.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "trainer/draw_hand.h"
#include "trainer/draw_layout.h"
#include "trainer/draw_segments.h"

namespace digit {
namespace {

constexpr float kThinnestPen = 0.02f;
// In pixels.
constexpr float kSmoothPen = 2.5f;
constexpr float kSegmentShare = 0.07f;
constexpr float kMouseShare = 0.2f;

const Allograph& random_allograph(int digit, Random& random) {
    const auto choices = allographs(digit);
    float sum = 0;
    for (const Allograph& choice : choices) sum += choice.frequency;
    float at = sum * random.uniform();
    for (const Allograph& choice : choices) {
        at -= choice.frequency;
        if (at < 0) return choice;
    }
    return choices.back();
}

struct Pen {
    Nib nib;
    float width = 0;     // of the nib, as a part of the digit's height
    float pressure = 0;  // how much the width swings around it
    float swings = 0;    // per unit of way
    float phase = 0;
    float taper = 0;  // the part of the width that is missing at the ends
};

Pen random_pen(float widest, Random& random) {
    Pen pen;
    // As many thin pens as thick ones: uniform in the logarithm.
    pen.width = kThinnestPen * std::pow(widest / kThinnestPen, random.uniform());
    pen.nib = round_nib(pen.width < 0.06f ? 8 : 12);
    pen.phase = random.uniform(0.0f, 2.0f);
    pen.swings = random.uniform(0.5f, 2.0f);
    const float kind = random.uniform();
    if (kind < 0.2f) {
        const float angle = random.uniform(-1.2f, 0.2f);
        pen.nib = flat_nib(angle, random.uniform(0.3f, 0.6f));
        pen.width *= 1.2f;
    } else if (kind < 0.4f) {
        pen.pressure = random.uniform(0.1f, 0.4f);
        pen.taper = random.uniform(0.0f, 0.6f);
    } else if (kind < 0.7f) {
        pen.pressure = random.uniform(0.0f, 0.15f);
    }
    return pen;
}

std::vector<float> widths_along(const std::vector<Point>& path, const Pen& pen) {
    std::vector<float> way(path.size());
    for (std::size_t i = 1; i < path.size(); ++i)
        way[i] = way[i - 1] + std::hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y);
    std::vector<float> widths(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        const float wave =
            std::sin(std::numbers::pi_v<float> * (2 * pen.swings * way[i] + pen.phase));
        const float to_end = std::min(way[i], way.back() - way[i]);
        const float thin = pen.taper * std::max(0.0f, 1 - to_end / 0.15f);
        widths[i] = pen.width * (1 + pen.pressure * wave) * (1 - thin);
    }
    return widths;
}

// Takes a short piece out of one path, as a dry pen does: `gap` units beside the pen's own width.
void skip_a_piece(PenPaths& paths, float gap, Random& random) {
    auto& path = paths[random.below(paths.size())];
    if (path.size() < 8) return;
    const std::size_t begin = 2 + random.below(path.size() - 5);
    std::size_t end = begin;
    float way = 0;
    while (way < gap && end + 3 < path.size()) {
        way += std::hypot(path[end + 1].x - path[end].x, path[end + 1].y - path[end].y);
        ++end;
    }
    if (way > 1.6f * gap) return;
    std::vector<Point> rest(path.begin() + static_cast<std::ptrdiff_t>(end), path.end());
    path.resize(begin + 1);
    paths.push_back(std::move(rest));
}

// Some people trace what they wrote a second time.
void trace_again(PenPaths& paths, Random& random) {
    const std::size_t strokes = paths.size();
    const float shift = 0.02f;
    const float x = shift * random.normal();
    const float y = shift * random.normal();
    for (std::size_t i = 0; i < strokes; ++i) {
        paths.push_back(paths[i]);
        for (Point& point : paths.back()) {
            point.x += x;
            point.y += y;
        }
    }
}

Shape ink_shape(const PenPaths& paths, const Pen& pen) {
    Shape shape;
    for (const auto& path : paths) add_stroke(path, widths_along(path, pen), pen.nib, shape);
    return shape;
}

// Where the polygons of a stroke overlap, their soft edges add up. A thin stroke would look like
// beads on a string, so it is drawn larger first.
InkField fill(const Rasteriser& rasteriser, const Placed& placed, float stroke) {
    if (stroke >= kSmoothPen) return rasteriser.fill(placed.shape, placed.width, placed.height);
    Shape large = placed.shape;
    transform(large, scaling(2, 2));
    return resample(rasteriser.fill(large, 2 * placed.width, 2 * placed.height), placed.width,
                    placed.height);
}

DrawnDigit finish(const Rasteriser& rasteriser, Shape shape, float stroke, Capture how, int label,
                  Random& random) {
    const float height = random.uniform(28.0f, 52.0f);
    const Bounds bounds = bounds_of(shape.points);
    const float scale = height / std::max(bounds.width(), bounds.height());
    const Placed placed = place(std::move(shape), height, 0, random);
    return capture(fill(rasteriser, placed, stroke * scale),
                   {bounds_of(placed.shape.points), stroke * scale}, how, label, random);
}

DrawnDigit draw_segments(const Rasteriser& rasteriser, int label, Random& random) {
    SegmentDigit digit = segment_digit(label, random);
    const float slant = random.uniform() < 0.5f ? 0.0f : random.uniform(-0.03f, 0.22f);
    const float turn = 0.05f * random.normal();
    transform(digit.shape, then(slanting(slant), rotation(turn)));
    const Capture how = random_capture(random);
    return finish(rasteriser, std::move(digit.shape), digit.stroke_width, how, label, random);
}

DrawnDigit draw_with_mouse(const Rasteriser& rasteriser, const Allograph& allograph,
                           Random& random) {
    Pen pen;
    pen.width = random.uniform(0.03f, allograph.widest_pen);
    pen.nib = round_nib(10);
    const PenPaths paths = write_with_mouse(allograph, random);
    // Canvases without antialiasing look like scans.
    const Capture how = random.uniform() < 0.3f ? Capture::kScan : Capture::kClean;
    return finish(rasteriser, ink_shape(paths, pen), pen.width, how, allograph.digit, random);
}

DrawnDigit draw_written(const Rasteriser& rasteriser, const Allograph& allograph, Capture how,
                        Random& random) {
    const Pen pen = random_pen(allograph.widest_pen, random);
    PenPaths paths = write_strokes(allograph, random);
    // A bar in two pieces is no 1.
    if (allograph.digit != 1 && random.uniform() < 0.06f)
        skip_a_piece(paths, pen.width + random.uniform(0.02f, 0.06f), random);
    if (pen.width < 0.5f * allograph.widest_pen && random.uniform() < 0.05f)
        trace_again(paths, random);
    return finish(rasteriser, ink_shape(paths, pen), pen.width, how, allograph.digit, random);
}

}  // namespace

DrawnDigit draw_pen_digit(const Rasteriser& rasteriser, std::uint64_t seed, std::uint64_t index) {
    Random random(seed, Stream::kDrawn, {1, index});
    const int label = static_cast<int>(index % 10);
    const float kind = random.uniform();
    if (kind < kSegmentShare) return draw_segments(rasteriser, label, random);
    const Allograph& allograph = random_allograph(label, random);
    if (kind < kSegmentShare + kMouseShare) return draw_with_mouse(rasteriser, allograph, random);
    const Capture how = random_capture(random);
    return draw_written(rasteriser, allograph, how, random);
}

DrawnDigit draw_allograph(const Rasteriser& rasteriser, const Allograph& allograph, bool clean,
                          std::uint64_t seed, std::uint64_t index) {
    Random random(seed, Stream::kDrawn, {2, index});
    const Capture how = clean ? Capture::kClean : random_capture(random);
    return draw_written(rasteriser, allograph, how, random);
}

}  // namespace digit
