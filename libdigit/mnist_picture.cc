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

// Of the picture's rows, or its columns: the sum of their ink, and the most in one pixel. As many
// as there are lanes, so that the compiler's vectors fit.
struct Lines {
    static constexpr std::size_t kLanes = 32;
    std::array<std::uint16_t, kLanes> sum{};
    std::array<std::uint8_t, kLanes> most{};
};

struct Axis {
    int begin = 0;  // of what is more than a trace
    int end = 0;
    double centre = 0;  // of mass, in pixels from the edge
};

// lines: one of them has more than a trace.
Axis axis_of(const Lines& lines) {
    Axis axis;
    while (lines.most[static_cast<std::size_t>(axis.begin)] < kFaintInk) ++axis.begin;
    axis.end = kInputEdge;
    while (lines.most[static_cast<std::size_t>(axis.end) - 1] < kFaintInk) --axis.end;
    std::uint32_t mass = 0;
    std::uint32_t moment = 0;
    for (std::uint32_t i = 0; i < lines.sum.size(); ++i) {
        mass += lines.sum[i];
        moment += (2 * i + 1) * lines.sum[i];
    }
    axis.centre = static_cast<double>(moment) / (2.0 * mass);
    return axis;
}

struct Measured {
    Lines rows;
    Lines columns;
    int inked = 0;    // pixels that are not blank
    int strokes = 0;  // of those that belong to a stroke
    int strong = 0;
};

Measured measure(const std::array<std::uint8_t, kInputPixels>& ink) {
    Measured m;
    std::array<std::uint8_t, Lines::kLanes> row{};
    for (std::size_t y = 0; y < kInputEdge; ++y) {
        std::copy_n(ink.begin() + static_cast<std::ptrdiff_t>(y * kInputEdge), kInputEdge,
                    row.begin());
        int inked = 0, strokes = 0, strong = 0;
        std::uint16_t sum = 0;
        std::uint8_t most = 0;
        for (std::size_t x = 0; x < row.size(); ++x) {
            m.columns.sum[x] = static_cast<std::uint16_t>(m.columns.sum[x] + row[x]);
            m.columns.most[x] = std::max(m.columns.most[x], row[x]);
        }
        for (const std::uint8_t level : row) {
            sum = static_cast<std::uint16_t>(sum + level);
            most = std::max(most, level);
        }
        for (const std::uint8_t level : row) {
            inked += level > 0;
            strokes += level >= kCleanInkThreshold;
            strong += level >= kStrongInk;
        }
        m.rows.sum[y] = sum;
        m.rows.most[y] = most;
        m.inked += inked;
        m.strokes += strokes;
        m.strong += strong;
    }
    return m;
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
    const Measured m = measure(*ink);
    if (m.strong == 0 || 4 * m.strong < m.strokes || 2 * m.inked > kInputPixels)
        return std::nullopt;
    const Axis across = axis_of(m.columns);
    const Axis down = axis_of(m.rows);
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
