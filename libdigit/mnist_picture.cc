// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "libdigit/components.h"
#include "libdigit/digit_choice.h"
#include "libdigit/ink.h"
#include "libdigit/mnist_box.h"

namespace digit {
namespace {

// Of MNIST's 60,000 training pictures all are within 0.52 pixels of the middle, all but 16 have a
// box of 20 pixels, and in all but some ten a quarter of the strokes is as strong as this.
constexpr double kMostOffCentre = 0.55;
constexpr std::uint8_t kStrongInk = 200;

// The ink of every pixel, or nothing where the picture is coloured or its background not one of
// the two levels. A corner of MNIST's pictures never holds ink.
std::optional<std::array<std::uint8_t, kInputPixels>> ink_of(const Picture& picture) {
    const std::uint8_t background = picture.pixels.front();
    if (background != 0 && background != 255) return std::nullopt;
    std::array<std::uint8_t, kInputPixels> ink;
    const std::uint8_t* pixel = picture.pixels.data();
    for (std::uint8_t& to : ink) {
        to = *pixel ^ background;
        for (int c = 1; c < picture.channels; ++c)
            if (pixel[c] != *pixel) return std::nullopt;
        pixel += picture.channels;
    }
    return ink;
}

// Ink summed over the rows, or the columns, and whether any pixel of them has more than a trace.
struct Line {
    std::uint32_t sum = 0;
    bool inked = false;
};
using Lines = std::array<Line, kInputEdge>;

struct Axis {
    int begin = 0;  // of the ink
    int end = 0;
    double centre = 0;  // of mass, in pixels from the edge
};

// lines: one of them is inked.
Axis axis_of(const Lines& lines) {
    Axis axis;
    while (!lines[static_cast<std::size_t>(axis.begin)].inked) ++axis.begin;
    axis.end = kInputEdge;
    while (!lines[static_cast<std::size_t>(axis.end) - 1].inked) --axis.end;
    std::uint64_t mass = 0;
    std::uint64_t moment = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        mass += lines[i].sum;
        moment += (2 * i + 1) * lines[i].sum;
    }
    axis.centre = static_cast<double>(moment) / (2 * static_cast<double>(mass));
    return axis;
}

// Whether the ink is one digit and little else. Framing keeps the pieces that are surely one
// digit's, for its pictures may show anything; here a part that lies over or under the others, as
// the bar of a broken 5, is the digit's too, however far away. One beside them is not, and the box
// may not be that of specks.
bool is_one_digit(const std::array<std::uint8_t, kInputPixels>& ink) {
    constexpr std::int64_t kSmallPart = 20;  // of all ink, one in so many
    InkPlane plane{kInputEdge, kInputEdge, {}};
    plane.ink.assign(ink.begin(), ink.end());
    const Components components = find_components(plane, kCleanInkThreshold);
    const DigitChoice choice = choose_digit(plane, components, true);
    std::int64_t all = 0;
    for (const Component& c : components.all) all += c.mass;
    std::int64_t specks = 0;
    bool whole = true;
    bool stacked = false;
    for (std::size_t i = 0; i < components.all.size(); ++i) {
        const Component& c = components.all[i];
        if (choice.kept[i]) continue;
        whole = false;
        if (c.mass * kSmallPart <= all) {
            specks += c.mass;
            continue;
        }
        const int common = std::min(c.right, choice.right) - std::max(c.left, choice.left);
        if (2 * common < c.width()) return false;
        stacked = true;
    }
    const int longest = std::max(choice.right - choice.left, choice.bottom - choice.top);
    return specks * kSmallPart <= all && (whole || stacked || longest >= kInkBoxEdge - 2);
}

}  // namespace

std::optional<Framed> as_mnist_has_it(const Picture& picture) {
    if (picture.width != kInputEdge || picture.height != kInputEdge) return std::nullopt;
    const auto ink = ink_of(picture);
    if (!ink) return std::nullopt;
    Lines rows{};
    Lines columns{};
    int blank = 0, strokes = 0, strong = 0;
    for (std::size_t y = 0, i = 0; y < kInputEdge; ++y)
        for (std::size_t x = 0; x < kInputEdge; ++x, ++i) {
            const std::uint8_t level = (*ink)[i];
            const bool inked = level >= kFaintInk;
            rows[y] = {rows[y].sum + level, rows[y].inked || inked};
            columns[x] = {columns[x].sum + level, columns[x].inked || inked};
            blank += level == 0;
            strokes += level >= kCleanInkThreshold;
            strong += level >= kStrongInk;
        }
    if (strong == 0 || 4 * strong < strokes || 2 * blank < kInputPixels) return std::nullopt;
    const Axis across = axis_of(columns);
    const Axis down = axis_of(rows);
    const int width = across.end - across.begin;
    const int height = down.end - down.begin;
    if (std::max(width, height) != kInkBoxEdge) return std::nullopt;
    if (std::abs(across.centre - kCentreOfMass) > kMostOffCentre ||
        std::abs(down.centre - kCentreOfMass) > kMostOffCentre)
        return std::nullopt;
    if (!is_one_digit(*ink)) return std::nullopt;
    Framed framed;
    framed.pixels = *ink;
    FrameReceipt& receipt = framed.receipt;
    receipt.polarity =
        picture.pixels.front() == 0 ? Polarity::kLightOnDark : Polarity::kDarkOnLight;
    receipt.crop = {0, 0, kInputEdge, kInputEdge};
    receipt.ink_box = {across.begin, down.begin, width, height};
    return framed;
}

}  // namespace digit
