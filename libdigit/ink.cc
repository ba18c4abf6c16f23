// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ink.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libdigit/background.h"
#include "libdigit/histogram.h"

namespace digit {
namespace {

// What is left of a picture once its background is taken away, along the one colour axis on which
// it varies most: red pencil on grey paper shows there as well as black ink on white.
struct Difference {
    std::vector<float> value;  // one per pixel; either sign
    float luma_sign = 1;       // +1: positive values are lighter than the background
};

// The middle of the picture, where ink is measured: page edges, frames, shadows and fingers lie
// outside it.
struct Centre {
    int left, top, right, bottom;
    explicit Centre(const Picture& picture) {
        const int width = static_cast<int>(picture.width);
        const int height = static_cast<int>(picture.height);
        left = width * 3 / 20;
        top = height * 3 / 20;
        right = width - left;
        bottom = height - top;
    }
    bool has_column(int x) const { return x >= left && x < right; }
    bool has_row(int y) const { return y >= top && y < bottom; }
};

using Axis = std::array<float, 3>;

// The first principal axis of the differences, from their uncentred covariance (power iteration).
Axis principal_axis(const std::array<double, 6>& covariance) {
    Axis axis{0.577f, 0.577f, 0.577f};
    for (int i = 0; i < 12; ++i) {
        const double x =
            covariance[0] * axis[0] + covariance[1] * axis[1] + covariance[2] * axis[2];
        const double y =
            covariance[1] * axis[0] + covariance[3] * axis[1] + covariance[4] * axis[2];
        const double z =
            covariance[2] * axis[0] + covariance[4] * axis[1] + covariance[5] * axis[2];
        const double length = std::sqrt(x * x + y * y + z * z);
        if (length < 1e-9) break;
        axis = {static_cast<float>(x / length), static_cast<float>(y / length),
                static_cast<float>(z / length)};
    }
    return axis;
}

Difference grey_difference(const Picture& picture, const Background& background) {
    Difference difference;
    difference.value.resize(picture.pixels.size());
    std::vector<float> row;
    std::size_t pixel = 0;
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (std::size_t x = 0; x < picture.width; ++x, ++pixel)
            difference.value[pixel] = static_cast<float>(picture.pixels[pixel]) - row[x];
    }
    return difference;
}

Difference colour_difference(const Picture& picture, const Background& background) {
    const std::size_t pixels = std::size_t{picture.width} * picture.height;
    std::vector<float> all(pixels * 3);
    std::vector<float> row;
    std::array<double, 6> covariance{};
    const Centre centre(picture);
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        float sums[6] = {};
        const bool middle_row = centre.has_row(y);
        for (std::size_t x = 0; x < picture.width; ++x) {
            const std::size_t at = (static_cast<std::size_t>(y) * picture.width + x) * 3;
            const float r = static_cast<float>(picture.pixels[at]) - row[3 * x];
            const float g = static_cast<float>(picture.pixels[at + 1]) - row[3 * x + 1];
            const float b = static_cast<float>(picture.pixels[at + 2]) - row[3 * x + 2];
            all[at] = r;
            all[at + 1] = g;
            all[at + 2] = b;
            if (!middle_row || !centre.has_column(static_cast<int>(x))) continue;
            sums[0] += r * r;
            sums[1] += r * g;
            sums[2] += r * b;
            sums[3] += g * g;
            sums[4] += g * b;
            sums[5] += b * b;
        }
        for (std::size_t i = 0; i < 6; ++i) covariance[i] += static_cast<double>(sums[i]);
    }
    const Axis axis = principal_axis(covariance);
    // Scaled so that black on white still spans 255 levels.
    const float scale =
        1 / std::max({std::fabs(axis[0]) + std::fabs(axis[1]) + std::fabs(axis[2]), 1e-6f});
    Difference difference;
    difference.value.resize(pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        difference.value[i] =
            scale * (axis[0] * all[3 * i] + axis[1] * all[3 * i + 1] + axis[2] * all[3 * i + 2]);
    difference.luma_sign =
        0.299f * axis[0] + 0.587f * axis[1] + 0.114f * axis[2] < 0 ? -1.0f : 1.0f;
    return difference;
}

// One side of the background as levels 0 to 255.
struct Side {
    Histogram histogram{};
    int threshold = 0;    // Otsu's, between background and ink
    double strength = 0;  // mean level of what lies above it
    double evidence = 0;  // how much there is of it
};

Side measure_side(const std::vector<float>& values, const Picture& picture, float sign) {
    Side side;
    const Centre centre(picture);
    std::size_t pixels = 0;
    for (int y = centre.top; y < centre.bottom; ++y)
        for (int x = centre.left; x < centre.right; ++x, ++pixels) {
            const float value =
                sign *
                values[static_cast<std::size_t>(y) * picture.width + static_cast<std::size_t>(x)];
            ++side.histogram[static_cast<std::size_t>(std::clamp(value + 0.5f, 0.0f, 255.0f))];
        }
    side.threshold = otsu(side.histogram, pixels);
    double count = 0;
    double sum = 0;
    for (int level = side.threshold + 1; level < 256; ++level) {
        count += side.histogram[static_cast<std::size_t>(level)];
        sum += static_cast<double>(side.histogram[static_cast<std::size_t>(level)]) * level;
    }
    side.strength = count > 0 ? sum / count : 0;
    // Squared levels: a little strong ink outweighs much weak shading.
    side.evidence = count * side.strength * side.strength;
    return side;
}

// Standard deviation of the background, from the median of the small differences.
float noise_of(const std::vector<float>& values, int below) {
    Histogram histogram{};
    std::size_t count = 0;
    for (const float value : values) {
        const float level = std::fabs(value) * 4;  // quarter levels
        if (level > static_cast<float>(4 * below)) continue;
        ++histogram[static_cast<std::size_t>(std::min(level, 255.0f))];
        ++count;
    }
    return count == 0 ? 0 : static_cast<float>(percentile(histogram, count, 0.5)) / 4 * 1.4826f;
}

// The level that counts as full ink: what the darkest part of the strokes reaches.
int full_level(const Side& side) {
    std::size_t above = 0;
    for (std::size_t i = static_cast<std::size_t>(side.threshold) + 1; i < 256; ++i)
        above += side.histogram[i];
    Histogram ink = side.histogram;
    std::fill(ink.begin(), ink.begin() + side.threshold + 1, 0);
    return std::max(1, percentile(ink, above, 0.75));
}

}  // namespace

InkReading read_ink(const Picture& picture, InkSide which) {
    const Background background = Background::estimate(picture);
    const Difference difference = picture.channels == 1 ? grey_difference(picture, background)
                                                        : colour_difference(picture, background);
    const Side lighter = measure_side(difference.value, picture, 1);
    const Side darker = measure_side(difference.value, picture, -1);
    const bool lighter_wins = lighter.evidence >= darker.evidence;
    const bool use_lighter = lighter_wins == (which == InkSide::kStronger);
    const Side& side = use_lighter ? lighter : darker;
    const float sign = use_lighter ? 1.0f : -1.0f;

    InkReading reading;
    reading.plane.width = static_cast<int>(picture.width);
    reading.plane.height = static_cast<int>(picture.height);
    reading.plane.ink.resize(difference.value.size());
    reading.dark_ink = sign * difference.luma_sign < 0;
    reading.contrast = static_cast<float>(side.strength);
    const double weaker = std::min(lighter.evidence, darker.evidence);
    const double stronger = std::max(lighter.evidence, darker.evidence);
    reading.doubtful = stronger > 0 && weaker > 0.3 * stronger;
    if (side.strength < 1) return reading;

    reading.noise = noise_of(difference.value, side.threshold);
    const auto full = static_cast<float>(full_level(side));
    // On a flat background every level above it is antialiasing; else noise has to be cut off.
    const float zero = background.is_flat() && reading.noise < 0.5f
                           ? 0.0f
                           : std::min(std::max(3 * reading.noise, 0.2f * full), 0.6f * full);
    const float top = background.is_flat() && reading.noise < 0.5f ? full : 0.9f * full;
    const float gain = 255 / std::max(1.0f, top - zero);
    for (std::size_t i = 0; i < difference.value.size(); ++i)
        reading.plane.ink[i] = static_cast<std::uint8_t>(
            std::clamp((sign * difference.value[i] - zero) * gain + 0.5f, 0.0f, 255.0f));
    return reading;
}

}  // namespace digit
