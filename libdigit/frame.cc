// SPDX-License-Identifier: Apache-2.0
#include "libdigit/frame.h"

#include <algorithm>
#include <cmath>

#include "libdigit/components.h"
#include "libdigit/digit_choice.h"
#include "libdigit/ink.h"
#include "libdigit/mnist_box.h"

namespace digit {
namespace {

// A pixel with at least this much ink belongs to a stroke.
constexpr std::uint8_t kInkThreshold = 100;

// The kept pieces and the soft edge around them; nothing of the pieces that were left out.
CutDigit cut_digit(const InkPlane& plane, const Components& components, DigitChoice& choice) {
    // Antialiased edges lie up to one pixel outside the thresholded ink.
    const auto kept_near = [&](int x, int y) {
        for (int dy = -1; dy <= 1; ++dy)
            for (int dx = -1; dx <= 1; ++dx) {
                if (x + dx < 0 || y + dy < 0 || x + dx >= plane.width || y + dy >= plane.height)
                    continue;
                const auto label = components.label[static_cast<std::size_t>(y + dy) *
                                                        static_cast<std::size_t>(plane.width) +
                                                    static_cast<std::size_t>(x + dx)];
                if (label >= 0 && choice.kept[static_cast<std::size_t>(label)]) return true;
            }
        return false;
    };
    const int left = std::max(0, choice.left - 1);
    const int top = std::max(0, choice.top - 1);
    const int right = std::min(plane.width, choice.right + 1);
    const int bottom = std::min(plane.height, choice.bottom + 1);
    CutDigit cut{right - left, bottom - top, {}};
    cut.ink.resize(static_cast<std::size_t>(cut.width) * static_cast<std::size_t>(cut.height));
    int ink_left = right, ink_top = bottom, ink_right = left, ink_bottom = top;
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            const std::uint8_t ink = plane.at(x, y);
            if (ink == 0 || !kept_near(x, y)) continue;
            cut.ink[static_cast<std::size_t>(y - top) * static_cast<std::size_t>(cut.width) +
                    static_cast<std::size_t>(x - left)] = ink;
            ink_left = std::min(ink_left, x);
            ink_right = std::max(ink_right, x + 1);
            ink_top = std::min(ink_top, y);
            ink_bottom = std::max(ink_bottom, y + 1);
        }
    CutDigit tight{ink_right - ink_left, ink_bottom - ink_top, {}};
    for (int y = ink_top; y < ink_bottom; ++y) {
        const auto row = cut.ink.begin() + static_cast<std::ptrdiff_t>(y - top) * cut.width;
        tight.ink.insert(tight.ink.end(), row + (ink_left - left), row + (ink_right - left));
    }
    choice.left = ink_left;
    choice.top = ink_top;
    choice.right = ink_right;
    choice.bottom = ink_bottom;
    return tight;
}

Box to_source(const Picture& picture, int left, int top, int right, int bottom) {
    const auto x = [&](int v) { return static_cast<int>(std::lround(v * picture.reduction_x)); };
    const auto y = [&](int v) { return static_cast<int>(std::lround(v * picture.reduction_y)); };
    return {x(left), y(top), x(right) - x(left), y(bottom) - y(top)};
}

// One reading of the picture, if it holds a digit.
void add_reading(const Picture& picture, const InkReading& reading, std::vector<Framed>& readings) {
    const Components components = find_components(reading.plane, kInkThreshold);
    DigitChoice choice = choose_digit(reading.plane, components);
    if (!choice.found()) return;
    const CutDigit cut = cut_digit(reading.plane, components, choice);
    Framed framed;
    framed.pixels = to_mnist_box(cut);
    framed.receipt.polarity = reading.dark_ink ? Polarity::kDarkOnLight : Polarity::kLightOnDark;
    framed.receipt.ink_box =
        to_source(picture, choice.left, choice.top, choice.right, choice.bottom);
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const int edge = std::min(width, height);
    const int left = (width - edge) / 2;
    const int top = (height - edge) / 2;
    framed.receipt.crop = choice.outside_square
                              ? to_source(picture, 0, 0, width, height)
                              : to_source(picture, left, top, left + edge, top + edge);
    if (choice.outside_square)
        framed.receipt.warnings.push_back(
            "The central square holds no ink, so the whole picture was searched.");
    for (std::string& warning : choice.warnings)
        framed.receipt.warnings.push_back(std::move(warning));
    readings.push_back(std::move(framed));
}

}  // namespace

Result<std::vector<Framed>> frame(const Picture& picture) {
    std::vector<Framed> readings;
    for (const InkReading& reading : read_ink(picture)) add_reading(picture, reading, readings);
    if (readings.empty())
        return Status{Code::kBlankImage, "",
                      "the picture is blank: nothing in it stands out from its background"};
    return readings;
}

}  // namespace digit
