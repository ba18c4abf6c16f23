// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_picture.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "libdigit/byte_bits.h"
#include "libdigit/components.h"
#include "libdigit/digit_choice.h"
#include "libdigit/ink.h"
#include "libdigit/mnist_box.h"
#include "libdigit/mnist_cut.h"
#include "libdigit/mnist_grid.h"

namespace digit {
namespace {

// Of MNIST's 60,000 training pictures all are within 0.52 pixels of the middle, all but 16 have a
// box of 20 pixels, and in all but some ten a quarter of the strokes is as strong as this.
constexpr double kMostOffCentre = 0.55;
constexpr std::uint8_t kStrongInk = 200;

using Ink = std::array<std::uint8_t, kInputPixels>;

// The ink of every pixel, or nothing where the picture is coloured or its background not one of
// the two levels. A corner of MNIST's pictures never holds ink.
std::optional<GridInk> ink_as_it_is(const Picture& picture) {
    const std::uint8_t background = picture.pixels.front();
    if ((background != 0 && background != 255) || is_coloured(picture)) return std::nullopt;
    GridInk ink;
    ink.dark = background == 255;
    const auto step = static_cast<std::size_t>(picture.channels);
    if (step == 1)  // a loop of its own, for the compiler's vectors
        for (std::size_t i = 0; i < kInputPixels; ++i)
            ink.pixels[i] = picture.pixels[i] ^ background;
    else
        for (std::size_t i = 0; i < kInputPixels; ++i)
            ink.pixels[i] = picture.pixels[i * step] ^ background;
    return ink;
}

std::optional<GridInk> ink_of(const Picture& picture) {
    if (picture.width == kInputEdge && picture.height == kInputEdge) return ink_as_it_is(picture);
    return std::max(picture.width, picture.height) == kInkBoxEdge ? ink_of_cut(picture)
                                                                  : ink_on_mnist_grid(picture);
}

// The box of what is more than a trace; empty where nothing is.
Box box_of(const Ink& ink) {
    std::uint32_t columns = 0;
    int top = kInputEdge, bottom = 0;
    for (int y = 0; y < kInputEdge; ++y) {
        const auto row = static_cast<std::uint32_t>(
            bits_of_at_least(ink.data() + y * kInputEdge, kInputEdge, kFaintInk));
        columns |= row;
        if (row == 0) continue;
        top = std::min(top, y);
        bottom = y + 1;
    }
    if (columns == 0) return {};
    const int left = std::countr_zero(columns);
    return {left, top, static_cast<int>(std::bit_width(columns)) - left, bottom - top};
}

// A line of the picture and blank pixels up to the compiler's vectors.
constexpr std::size_t kLine = 32;
using LineBytes = std::array<std::uint8_t, kLine>;
using LineSums = std::array<std::uint16_t, kLine>;

std::uint32_t sum_of(const LineBytes& line) {
    std::uint32_t sum = 0;
    for (std::size_t x = 0; x < kLine; x += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, line.data() + x, 8);
        sum += sum_of_bytes(eight);
    }
    return sum;
}

struct Measured {
    LineSums rows{};
    LineSums columns{};
    std::uint32_t inked = 0;    // pixels that are not blank
    std::uint32_t strokes = 0;  // of those that belong to a stroke
    std::uint32_t strong = 0;
};

Measured measure(const Ink& ink) {
    // All of them first: a row that has just been copied in pieces is slow to be read in others.
    std::array<LineBytes, kInputEdge> rows;
    for (std::size_t y = 0; y < rows.size(); ++y) {
        std::copy_n(ink.begin() + static_cast<std::ptrdiff_t>(y * kInputEdge), kInputEdge,
                    rows[y].begin());
        std::fill(rows[y].begin() + kInputEdge, rows[y].end(), std::uint8_t{0});
    }
    Measured m;
    LineBytes inked{}, strokes{}, strong{};  // by column
    for (std::size_t y = 0; y < rows.size(); ++y) {
        const LineBytes& row = rows[y];
        m.rows[y] = static_cast<std::uint16_t>(sum_of(row));
        for (std::size_t x = 0; x < kLine; ++x)
            m.columns[x] = static_cast<std::uint16_t>(m.columns[x] + row[x]);
        const auto count = [&row](LineBytes& counts, std::uint8_t least) {
            for (std::size_t x = 0; x < kLine; ++x)
                counts[x] = static_cast<std::uint8_t>(counts[x] + (row[x] >= least));
        };
        count(inked, 1);
        count(strokes, kCleanInkThreshold);
        count(strong, kStrongInk);
    }
    m.inked = sum_of(inked);
    m.strokes = sum_of(strokes);
    m.strong = sum_of(strong);
    return m;
}

// The centre of mass along one axis, in pixels from the edge. sums: not all zero.
double centre_of(const LineSums& sums) {
    std::uint32_t mass = 0;
    std::uint32_t moment = 0;
    for (std::uint32_t i = 0; i < sums.size(); ++i) {
        mass += sums[i];
        moment += (2 * i + 1) * sums[i];
    }
    return static_cast<double>(moment) / (2.0 * mass);
}

using RowBits = std::array<std::uint32_t, kInputEdge>;  // bit x: pixel x is ink

// The runs of strokes that have a bit of `by`.
std::uint32_t runs_touched(std::uint32_t strokes, std::uint32_t by) {
    std::uint32_t touched = 0;
    while (strokes != 0) {
        const std::uint32_t lowest = strokes & -strokes;
        const std::uint32_t run = strokes & ~(strokes + lowest);  // the sum's carry clears it
        if ((run & by) != 0) touched |= run;
        strokes ^= run;
    }
    return touched;
}

// Whether all ink touches, diagonally too: what find_components() would find one piece in, as in
// most of MNIST's pictures.
bool is_one_piece(const Ink& ink) {
    RowBits strokes;
    for (int y = 0; y < kInputEdge; ++y)
        strokes[static_cast<std::size_t>(y)] = static_cast<std::uint32_t>(
            bits_of_at_least(ink.data() + y * kInputEdge, kInputEdge, kCleanInkThreshold));
    const auto first = std::find_if(strokes.begin(), strokes.end(), [](auto row) { return row; });
    if (first == strokes.end()) return false;
    RowBits reached{};
    reached[static_cast<std::size_t>(first - strokes.begin())] =
        runs_touched(*first, *first & -*first);
    const auto pass = [&](std::size_t y, std::size_t before) {
        const std::uint32_t near = reached[before] | reached[before] << 1 | reached[before] >> 1;
        reached[y] |= runs_touched(strokes[y] & ~reached[y], near);
    };
    // Down and up again, as often as strokes may turn back.
    for (RowBits seen{}; seen != reached && reached != strokes;) {
        seen = reached;
        for (std::size_t y = 1; y < kInputEdge; ++y) pass(y, y - 1);
        if (reached == strokes) return true;
        for (std::size_t y = kInputEdge - 1; y > 0; --y) pass(y - 1, y);
    }
    return reached == strokes;
}

// Whether the ink is one digit and little else. Framing keeps the pieces that are surely one
// digit's, for its pictures may show anything; here a part that lies over or under the others, as
// the bar of a broken 5, is the digit's too, however far away. One beside them is not, and the box
// may not be that of specks.
bool is_one_digit(const Ink& ink) {
    constexpr std::int64_t kSmallPart = 20;  // of all ink, one in so many
    if (is_one_piece(ink)) return true;
    InkPlane plane{kInputEdge, kInputEdge, {}};
    plane.ink.assign(ink.begin(), ink.end());
    const Components components = find_components(plane, kCleanInkThreshold);
    const DigitChoice choice = choose_digit(plane, components, true, false);
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

// left, top: in the picture's pixels.
Box to_source(const Picture& picture, double left, double top, double width, double height) {
    const auto x = [&](double v) { return static_cast<int>(std::lround(v * picture.reduction_x)); };
    const auto y = [&](double v) { return static_cast<int>(std::lround(v * picture.reduction_y)); };
    return {x(left), y(top), x(left + width) - x(left), y(top + height) - y(top)};
}

}  // namespace

std::optional<Framed> as_mnist_has_it(const Picture& picture) {
    const auto ink = ink_of(picture);
    if (!ink) return std::nullopt;
    const Box box = box_of(ink->pixels);
    if (std::max(box.width, box.height) != kInkBoxEdge) return std::nullopt;
    const Measured m = measure(ink->pixels);
    if (m.strong == 0 || 4 * m.strong < m.strokes || 2 * m.inked > kInputPixels)
        return std::nullopt;
    if (std::abs(centre_of(m.columns) - kCentreOfMass) > kMostOffCentre ||
        std::abs(centre_of(m.rows) - kCentreOfMass) > kMostOffCentre)
        return std::nullopt;
    if (!is_one_digit(ink->pixels)) return std::nullopt;
    Framed framed;
    framed.pixels = ink->pixels;
    FrameReceipt& receipt = framed.receipt;
    receipt.polarity = ink->dark ? Polarity::kDarkOnLight : Polarity::kLightOnDark;
    const double edge = std::min(picture.width, picture.height);
    receipt.crop = to_source(picture, std::floor((picture.width - edge) / 2),
                             std::floor((picture.height - edge) / 2), edge, edge);
    receipt.ink_box =
        to_source(picture, (box.x - ink->left) * ink->cell, (box.y - ink->top) * ink->cell,
                  box.width * ink->cell, box.height * ink->cell);
    return framed;
}

}  // namespace digit
