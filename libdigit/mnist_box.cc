// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_box.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libdigit/box_kernels.h"

namespace digit {
namespace {

// Pen width, in pixels of the box, below which lines are thickened: MNIST's own thin
// strokes are about this wide.
constexpr float kMinStroke = 2.4f;
// Large digits are reduced to this edge before their strokes are measured and thickened.
constexpr int kMiddleEdge = 80;

// Area averaging where the picture shrinks, linear interpolation where it grows.
Cover cover(int from, int to) {
    const double step = static_cast<double>(from) / to;
    Cover cover;
    cover.taps = std::min(static_cast<std::size_t>(from),
                          step >= 1 ? static_cast<std::size_t>(step) + 2 : std::size_t{2});
    cover.first.resize(static_cast<std::size_t>(to));
    cover.weight.resize(static_cast<std::size_t>(to) * cover.taps);
    const int last_first = from - static_cast<int>(cover.taps);
    float* weight = cover.weight.data();
    for (int o = 0; o < to; ++o, weight += cover.taps) {
        int& first = cover.first[static_cast<std::size_t>(o)];
        if (step >= 1) {
            const double begin = o * step;
            const double end = std::min<double>(from, begin + step);
            const int begins = std::min(from - 1, static_cast<int>(begin));
            first = std::min(begins, last_first);
            for (int i = begins; i < from && i < end; ++i)
                weight[i - first] = static_cast<float>(
                    (std::min<double>(end, i + 1) - std::max<double>(begin, i)) / (end - begin));
        } else {
            const double centre = std::clamp((o + 0.5) * step - 0.5, 0.0, from - 1.0);
            first = std::min(static_cast<int>(centre), last_first);
            const auto part = static_cast<float>(centre - first);
            weight[0] = 1 - part;
            if (cover.taps > 1) weight[1] = part;
        }
    }
    return cover;
}

// Of any size: pixel by pixel.
FloatPlane resample(const FloatPlane& from, int width, int height) {
    const Cover columns = cover(from.width, width);
    const Cover rows = cover(from.height, height);
    FloatPlane across(width, from.height);
    for (int y = 0; y < from.height; ++y) {
        const float* row = from.row(y);
        const float* weight = columns.weight.data();
        float* out = across.row(y);
        for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x, weight += columns.taps) {
            const float* in = row + columns.first[x];
            float sum = 0;
            for (std::size_t i = 0; i < columns.taps; ++i) sum += weight[i] * in[i];
            out[x] = sum;
        }
    }
    FloatPlane result(width, height);
    const float* weight = rows.weight.data();
    for (int y = 0; y < height; ++y, weight += rows.taps) {
        float* out = result.row(y);
        const int first = rows.first[static_cast<std::size_t>(y)];
        for (std::size_t i = 0; i < rows.taps; ++i) {
            const float* in = across.row(first + static_cast<int>(i));
            for (int x = 0; x < width; ++x) out[x] += weight[i] * in[x];
        }
    }
    return result;
}

// Grows ink by `radius` pixels in every direction, its edge kept soft; the picture grows with it.
FloatPlane thicken(const FloatPlane& digit, float radius) {
    const int reach = static_cast<int>(std::ceil(radius));
    FloatPlane result(digit.width + 2 * reach, digit.height + 2 * reach);
    for (int dy = -reach; dy <= reach; ++dy)
        for (int dx = -reach; dx <= reach; ++dx) {
            // Full strength within the radius, fading over one pixel beyond it.
            const float strength =
                std::clamp(radius + 1 - std::hypot(static_cast<float>(dx), static_cast<float>(dy)),
                           0.0f, 1.0f);
            if (strength > 0) raise(digit, strength, reach + dx, reach + dy, result);
        }
    return result;
}

int scaled(int edge, int longest, int target) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(edge) * target / longest)));
}

}  // namespace

int place_in_middle(double centre, int size) {
    return std::clamp(static_cast<int>(std::lround(kCentreOfMass - centre)), 0, kInputEdge - size);
}

std::array<std::uint8_t, kInputPixels> to_mnist_box(const CutDigit& cut,
                                                    const FrameSettings& settings) {
    FloatPlane digit(cut.width, cut.height);
    fill_plane(cut.ink, digit);
    int longest = std::max(digit.width, digit.height);
    if (longest > kMiddleEdge) {
        const int width = scaled(digit.width, longest, kMiddleEdge);
        const int height = scaled(digit.height, longest, kMiddleEdge);
        digit = resample(digit, width, height);
        longest = kMiddleEdge;
    }
    const float scale = static_cast<float>(settings.box_edge) / static_cast<float>(longest);
    if (longest != settings.box_edge) {
        const float missing = (kMinStroke / scale - stroke_width(digit)) / 2;
        if (missing > 0.1f) {
            digit = thicken(digit, missing);
            longest = std::max(digit.width, digit.height);
        }
    }
    int width = scaled(digit.width, longest, settings.box_edge);
    int height = scaled(digit.height, longest, settings.box_edge);
    // Wider than a stretched digit, it is a dash or several digits, and stays so.
    constexpr float kStretched = 1.25f;
    const float aspect = static_cast<float>(digit.width) / static_cast<float>(digit.height);
    if (settings.widest > 0 && aspect > settings.widest && aspect <= kStretched) {
        height = settings.box_edge;
        width = static_cast<int>(std::lround(static_cast<float>(height) * settings.widest));
    }
    FloatPlane box(width, height);
    if (width == digit.width && height == digit.height)
        box = std::move(digit);
    else
        resample_to_box(digit, cover(digit.width, width), cover(digit.height, height), box);

    const Moments moments = moments_of(box);
    std::array<std::uint8_t, kInputPixels> pixels{};
    if (moments.mass <= 0) return pixels;
    put_in_picture(box, 255 / moments.peak, place_in_middle(moments.x / moments.mass, width),
                   place_in_middle(moments.y / moments.mass, height), pixels);
    return pixels;
}

}  // namespace digit
