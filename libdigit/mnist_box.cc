// SPDX-License-Identifier: Apache-2.0
#include "libdigit/mnist_box.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace digit {
namespace {

// Pen width, in pixels of the 20-pixel box, below which lines are thickened: MNIST's own thin
// strokes are about this wide.
constexpr float kMinStroke = 2.4f;
// Large digits are reduced to this edge before their strokes are measured and thickened.
constexpr int kMiddleEdge = 80;

struct Floats {
    int width = 0;
    int height = 0;
    ScratchVector<float> value;
    float& at(int x, int y) {
        return value[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x)];
    }
    float at(int x, int y) const { return const_cast<Floats*>(this)->at(x, y); }
};

// How the output pixels of one axis cover its inputs: output o is the sum of weight[o × taps + i]
// times the input first[o] + i, i under taps. The weights of an output sum to one; those that would
// be of inputs beyond the last are zero, and `first` is such that there are none.
struct Cover {
    std::size_t taps = 0;
    ScratchVector<int> first;
    ScratchVector<float> weight;
};

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

Floats resample(Floats from, int width, int height) {
    if (width == from.width && height == from.height) return from;
    const Cover columns = cover(from.width, width);
    const Cover rows = cover(from.height, height);
    Floats across{width, from.height, {}};
    across.value.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(from.height));
    for (int y = 0; y < from.height; ++y) {
        const float* row = from.value.data() + y * from.width;
        const float* weight = columns.weight.data();
        for (int x = 0; x < width; ++x, weight += columns.taps) {
            const float* in = row + columns.first[static_cast<std::size_t>(x)];
            float sum = 0;
            for (std::size_t i = 0; i < columns.taps; ++i) sum += weight[i] * in[i];
            across.at(x, y) = sum;
        }
    }
    Floats result{width, height, {}};
    result.value.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0f);
    const float* weight = rows.weight.data();
    for (int y = 0; y < height; ++y, weight += rows.taps) {
        float* out = result.value.data() + y * width;
        const float* in = across.value.data() + rows.first[static_cast<std::size_t>(y)] * width;
        for (std::size_t i = 0; i < rows.taps; ++i, in += width)
            for (int x = 0; x < width; ++x) out[x] += weight[i] * in[x];
    }
    return result;
}

// The length of (x, y). std::hypot() is a call, for every pixel; squares of ink's differences
// neither overflow nor vanish.
double length(float x, float y) {
    const auto dx = static_cast<double>(x);
    const auto dy = static_cast<double>(y);
    return static_cast<double>(static_cast<float>(std::sqrt(dx * dx + dy * dy)));
}

// Mean stroke width: a stroke of width w has 2/w of outline for each pixel of area.
float stroke_width(const Floats& digit) {
    double area = 0;
    double outline = 0;
    const ScratchVector<float> nothing(static_cast<std::size_t>(digit.width));
    const float* row = digit.value.data();
    for (int y = 0; y < digit.height; ++y, row += digit.width) {
        const float* below = y + 1 < digit.height ? row + digit.width : nothing.data();
        for (int x = 0; x < digit.width; ++x) {
            const float right = x + 1 < digit.width ? row[x + 1] : 0.0f;
            area += static_cast<double>(row[x]);
            outline += length(row[x] - right, row[x] - below[x]);
            if (x == 0) outline += static_cast<double>(row[x]);
            if (y == 0) outline += static_cast<double>(row[x]);
        }
    }
    return outline > 0 ? static_cast<float>(2 * area / outline) : 0.0f;
}

// Grows ink by `radius` pixels in every direction, its edge kept soft; the picture grows with it.
Floats thicken(const Floats& digit, float radius) {
    const int reach = static_cast<int>(std::ceil(radius));
    Floats result{digit.width + 2 * reach, digit.height + 2 * reach, {}};
    result.value.assign(
        static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height), 0.0f);
    for (int dy = -reach; dy <= reach; ++dy)
        for (int dx = -reach; dx <= reach; ++dx) {
            // Full strength within the radius, fading over one pixel beyond it.
            const float strength =
                std::clamp(radius + 1 - std::hypot(static_cast<float>(dx), static_cast<float>(dy)),
                           0.0f, 1.0f);
            if (strength <= 0) continue;
            for (int y = 0; y < digit.height; ++y)
                for (int x = 0; x < digit.width; ++x) {
                    float& to = result.at(x + dx + reach, y + dy + reach);
                    to = std::max(to, strength * digit.at(x, y));
                }
        }
    return result;
}

int scaled(int edge, int longest, int target) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(edge) * target / longest)));
}

}  // namespace

std::array<std::uint8_t, kInputPixels> to_mnist_box(const CutDigit& cut) {
    static const std::array<float, 256> kPart = [] {
        std::array<float, 256> part{};
        for (std::size_t i = 0; i < part.size(); ++i) part[i] = static_cast<float>(i) / 255;
        return part;
    }();
    Floats digit{cut.width, cut.height, {}};
    digit.value.resize(cut.ink.size());
    for (std::size_t i = 0; i < cut.ink.size(); ++i) digit.value[i] = kPart[cut.ink[i]];
    int longest = std::max(digit.width, digit.height);
    if (longest > kMiddleEdge) {
        const int width = scaled(digit.width, longest, kMiddleEdge);
        const int height = scaled(digit.height, longest, kMiddleEdge);
        digit = resample(std::move(digit), width, height);
        longest = kMiddleEdge;
    }
    const float scale = static_cast<float>(kInkBoxEdge) / static_cast<float>(longest);
    if (longest != kInkBoxEdge) {
        const float missing = (kMinStroke / scale - stroke_width(digit)) / 2;
        if (missing > 0.1f) {
            digit = thicken(digit, missing);
            longest = std::max(digit.width, digit.height);
        }
    }
    const int width = scaled(digit.width, longest, kInkBoxEdge);
    const int height = scaled(digit.height, longest, kInkBoxEdge);
    const Floats box = resample(std::move(digit), width, height);

    double mass = 0;
    double x_mass = 0;
    double y_mass = 0;
    float peak = 0;
    const float* row = box.value.data();
    for (int y = 0; y < box.height; ++y, row += box.width)
        for (int x = 0; x < box.width; ++x) {
            if (row[x] == 0) continue;
            const auto ink = static_cast<double>(row[x]);
            mass += ink;
            x_mass += ink * (x + 0.5);
            y_mass += ink * (y + 0.5);
            peak = std::max(peak, row[x]);
        }
    std::array<std::uint8_t, kInputPixels> pixels{};
    if (mass <= 0) return pixels;
    const auto place = [](double centre, int size) {
        return std::clamp(static_cast<int>(std::lround(kCentreOfMass - centre)), 0,
                          kInputEdge - size);
    };
    const int left = place(x_mass / mass, box.width);
    const int top = place(y_mass / mass, box.height);
    const float gain = 255 / peak;
    const float* from = box.value.data();
    std::uint8_t* to = pixels.data() + top * kInputEdge + left;
    for (int y = 0; y < box.height; ++y, from += box.width, to += kInputEdge)
        for (int x = 0; x < box.width; ++x)
            to[x] = static_cast<std::uint8_t>(std::min(255.0f, from[x] * gain + 0.5f));
    return pixels;
}

}  // namespace digit
