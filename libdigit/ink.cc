// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "libdigit/background.h"
#include "libdigit/histogram.h"

namespace digit {
namespace {

// A difference of level d from the background is counted at d + kZero.
constexpr int kZero = 255;
constexpr std::size_t kLevels = 511;
using DifferenceHistogram = std::array<std::uint32_t, kLevels>;

// What is left of a picture once its background is taken away, along the one colour axis on which
// it varies most: red pencil on grey paper shows there as well as black ink on white.
struct Difference {
    std::vector<std::uint16_t> level;  // one per pixel, kZero = background
    float luma_sign = 1;               // +1: levels above kZero are lighter than the background
};

// The middle of the picture, where ink is measured: page edges, frames, shadows and fingers lie
// outside it.
struct Window {
    int left, top, right, bottom;
};

Window middle_of(const Picture& picture) {
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const int x = width * 3 / 20;
    const int y = height * 3 / 20;
    return {x, y, width - x, height - y};
}

Window all_of(const Picture& picture) {
    return {0, 0, static_cast<int>(picture.width), static_cast<int>(picture.height)};
}

std::uint16_t difference_level(float difference) {
    return static_cast<std::uint16_t>(
        std::clamp(difference + (static_cast<float>(kZero) + 0.5f), 0.0f, 510.0f));
}

Difference grey_difference(const Picture& picture, const Background& background) {
    Difference difference;
    difference.level.resize(picture.pixels.size());
    if (background.is_flat()) {
        const int offset = kZero - static_cast<int>(std::lround(background.level()[0]));
        for (std::size_t i = 0; i < picture.pixels.size(); ++i)
            difference.level[i] = static_cast<std::uint16_t>(picture.pixels[i] + offset);
        return difference;
    }
    std::vector<float> row;
    std::size_t pixel = 0;
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (std::size_t x = 0; x < picture.width; ++x, ++pixel)
            difference.level[pixel] =
                difference_level(static_cast<float>(picture.pixels[pixel]) - row[x]);
    }
    return difference;
}

using Axis = std::array<float, 3>;

// The first principal axis of the differences, from their uncentred covariance (power iteration).
Axis principal_axis(const std::array<double, 6>& covariance) {
    Axis axis{0.577f, 0.577f, 0.577f};
    for (int i = 0; i < 12; ++i) {
        const double r = static_cast<double>(axis[0]);
        const double g = static_cast<double>(axis[1]);
        const double b = static_cast<double>(axis[2]);
        const double x = covariance[0] * r + covariance[1] * g + covariance[2] * b;
        const double y = covariance[1] * r + covariance[3] * g + covariance[4] * b;
        const double z = covariance[2] * r + covariance[4] * g + covariance[5] * b;
        const double length = std::sqrt(x * x + y * y + z * z);
        if (length < 1e-9) break;
        axis = {static_cast<float>(x / length), static_cast<float>(y / length),
                static_cast<float>(z / length)};
    }
    return axis;
}

// About so many rows are enough to find an axis.
constexpr int kCovarianceRows = 64;

// The covariance of the differences within `window`: rr, rg, rb, gg, gb, bb.
std::array<double, 6> covariance_of(const Picture& picture, const Background& background,
                                    const Window& window) {
    std::array<double, 6> covariance{};
    std::vector<float> row;
    const int step = std::max(1, (window.bottom - window.top) / kCovarianceRows);
    for (int y = window.top; y < window.bottom; y += step) {
        background.row(picture, y, row);
        float sums[6] = {};
        const std::uint8_t* pixels =
            &picture.pixels[static_cast<std::size_t>(y) * picture.width * 3];
        for (int i = 3 * window.left; i < 3 * window.right; i += 3) {
            const auto at = static_cast<std::size_t>(i);
            const float r = static_cast<float>(pixels[at]) - row[at];
            const float g = static_cast<float>(pixels[at + 1]) - row[at + 1];
            const float b = static_cast<float>(pixels[at + 2]) - row[at + 2];
            sums[0] += r * r;
            sums[1] += r * g;
            sums[2] += r * b;
            sums[3] += g * g;
            sums[4] += g * b;
            sums[5] += b * b;
        }
        for (std::size_t i = 0; i < 6; ++i) covariance[i] += static_cast<double>(sums[i]);
    }
    return covariance;
}

Difference colour_difference(const Picture& picture, const Background& background,
                             const Window& window) {
    const Axis axis = principal_axis(covariance_of(picture, background, window));
    // Scaled so that black on white still spans 255 levels.
    const float scale =
        1 / std::max(std::fabs(axis[0]) + std::fabs(axis[1]) + std::fabs(axis[2]), 1e-6f);
    const float red = axis[0] * scale;
    const float green = axis[1] * scale;
    const float blue = axis[2] * scale;
    Difference difference;
    difference.level.resize(std::size_t{picture.width} * picture.height);
    std::vector<float> row;
    std::size_t pixel = 0;
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (std::size_t x = 0; x < picture.width; ++x, ++pixel) {
            const std::uint8_t* p = &picture.pixels[3 * pixel];
            difference.level[pixel] =
                difference_level(red * (static_cast<float>(p[0]) - row[3 * x]) +
                                 green * (static_cast<float>(p[1]) - row[3 * x + 1]) +
                                 blue * (static_cast<float>(p[2]) - row[3 * x + 2]));
        }
    }
    difference.luma_sign =
        0.299f * axis[0] + 0.587f * axis[1] + 0.114f * axis[2] < 0 ? -1.0f : 1.0f;
    return difference;
}

// One side of the background.
struct Side {
    Histogram histogram{};  // distance from the background; the other side counts as 0
    std::size_t pixels = 0;
    int threshold = 0;    // Otsu's, between background and ink
    double strength = 0;  // mean level of what lies above it
    double evidence = 0;  // how much there is of it
};

// pixels: how many the histogram counts.
Side measure_side(const DifferenceHistogram& histogram, std::size_t pixels, int sign) {
    Side side;
    side.pixels = pixels;
    std::size_t beyond = 0;
    for (int d = 1; d <= 255; ++d) {
        const std::uint32_t count = histogram[static_cast<std::size_t>(sign * d + kZero)];
        side.histogram[static_cast<std::size_t>(d)] = count;
        beyond += count;
    }
    side.histogram[0] = static_cast<std::uint32_t>(pixels - beyond);
    if (beyond == 0) return side;
    side.threshold = otsu(side.histogram, side.pixels);
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    for (auto level = static_cast<std::uint64_t>(side.threshold) + 1; level < 256; ++level) {
        count += side.histogram[level];
        sum += side.histogram[level] * level;
    }
    side.strength = count > 0 ? static_cast<double>(sum) / static_cast<double>(count) : 0;
    // Squared levels: a little strong ink outweighs much weak shading.
    side.evidence = static_cast<double>(count) * side.strength * side.strength;
    return side;
}

// Standard deviation of the background, from the median of the differences up to `below`.
float noise_of(const DifferenceHistogram& histogram, int below) {
    std::size_t pixels = 0;
    for (int d = -below; d <= below; ++d) pixels += histogram[static_cast<std::size_t>(d + kZero)];
    if (pixels == 0 || std::size_t{histogram[kZero]} * 2 > pixels) return 0;
    Histogram distance{};
    for (int d = -below; d <= below; ++d)
        distance[static_cast<std::size_t>(std::abs(d))] +=
            histogram[static_cast<std::size_t>(d + kZero)];
    return static_cast<float>(percentile(distance, pixels, 0.5)) * 1.4826f;
}

// The level that counts as full ink: what the darkest part of the strokes reaches.
int full_level(const Side& side) {
    std::size_t below = 0;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(side.threshold); ++i)
        below += side.histogram[i];
    const std::size_t above = side.pixels - below;
    if (above == 0) return 1;
    Histogram ink = side.histogram;
    std::fill(ink.begin(), ink.begin() + side.threshold + 1, 0);
    return std::max(1, percentile(ink, above, 0.75));
}

struct Measured {
    Difference difference;
    DifferenceHistogram histogram{};
    Side lighter;
    Side darker;
};

// Runs of one level, most of them background, are counted at once: a counter that is raised again
// and again waits for itself.
void count_levels(const std::vector<std::uint16_t>& levels, std::size_t width, const Window& window,
                  DifferenceHistogram& histogram) {
    for (int y = window.top; y < window.bottom; ++y) {
        const std::uint16_t* row = levels.data() + static_cast<std::size_t>(y) * width;
        for (int x = window.left; x < window.right;) {
            const std::uint16_t level = row[x];
            const int from = x++;
            while (x < window.right && row[x] == level) ++x;
            histogram[level] += static_cast<std::uint32_t>(x - from);
        }
    }
}

Measured measure(const Picture& picture, const Background& background, const Window& window) {
    Measured measured;
    measured.difference = picture.channels == 1 ? grey_difference(picture, background)
                                                : colour_difference(picture, background, window);
    count_levels(measured.difference.level, picture.width, window, measured.histogram);
    const auto pixels = static_cast<std::size_t>(window.right - window.left) *
                        static_cast<std::size_t>(window.bottom - window.top);
    measured.lighter = measure_side(measured.histogram, pixels, 1);
    measured.darker = measure_side(measured.histogram, pixels, -1);
    return measured;
}

InkReading to_reading(const Picture& picture, const Measured& measured, bool flat, bool lighter) {
    const Side& side = lighter ? measured.lighter : measured.darker;
    const float sign = lighter ? 1.0f : -1.0f;
    InkReading reading;
    reading.plane.width = static_cast<int>(picture.width);
    reading.plane.height = static_cast<int>(picture.height);
    reading.plane.ink.resize(measured.difference.level.size());
    reading.dark_ink = sign * measured.difference.luma_sign < 0;
    reading.contrast = static_cast<float>(side.strength);
    if (side.strength < 1) return reading;

    reading.noise = noise_of(measured.histogram, side.threshold);
    const auto full = static_cast<float>(full_level(side));
    // On a flat background every level above it is antialiasing; else noise has to be cut off.
    const bool clean = reading.clean = flat && reading.noise == 0;
    const float zero =
        clean ? 0.0f : std::min(std::max(3 * reading.noise, 0.2f * full), 0.6f * full);
    const float gain = 255 / std::max(1.0f, (clean ? full : 0.9f * full) - zero);
    std::array<std::uint8_t, kLevels> ink{};
    // The other side of the background, and the background itself, hold none.
    for (int d = 1; d <= 255; ++d)
        ink[static_cast<std::size_t>((lighter ? d : -d) + kZero)] = static_cast<std::uint8_t>(
            std::clamp((static_cast<float>(d) - zero) * gain + 0.5f, 0.0f, 255.0f));
    for (std::size_t i = 0; i < reading.plane.ink.size(); ++i)
        reading.plane.ink[i] = ink[measured.difference.level[i]];
    return reading;
}

void read_over(const Background& background, const Picture& picture,
               std::vector<InkReading>& readings) {
    Measured measured = measure(picture, background, middle_of(picture));
    if (std::max(measured.lighter.strength, measured.darker.strength) < kMinContrast)
        measured = measure(picture, background, all_of(picture));
    const bool lighter = measured.lighter.evidence >= measured.darker.evidence;
    const Side& stronger = lighter ? measured.lighter : measured.darker;
    const Side& weaker = lighter ? measured.darker : measured.lighter;
    if (stronger.strength < kMinContrast) return;
    readings.push_back(to_reading(picture, measured, background.is_flat(), lighter));
    if (weaker.strength >= kMinContrast && weaker.evidence > kDoubt * stronger.evidence)
        readings.push_back(to_reading(picture, measured, background.is_flat(), !lighter));
}

Picture complement(Picture picture) {
    for (std::uint8_t& value : picture.pixels) value = static_cast<std::uint8_t>(255 - value);
    return picture;
}

// Whether the picture is a blackboard rather than paper, in shadow though it may be.
bool is_dark(const Picture& picture) {
    constexpr std::uint64_t kDarkBoard = 90;
    const std::uint64_t sum =
        std::accumulate(picture.pixels.begin(), picture.pixels.end(), std::uint64_t{0});
    return sum < kDarkBoard * picture.pixels.size();
}

// Paper without its shadows has this level.
constexpr float kLitPaper = 224;

// A shadow takes the same part of the light from paper and ink, so both are divided by the paper.
Measured measure_among_shadows(const Picture& picture) {
    const Background background = Background::closed(picture);
    Picture lit = picture;
    std::vector<float> row;
    auto pixel = lit.pixels.begin();
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (const float paper : row) {
            const float level = static_cast<float>(*pixel) * kLitPaper / std::max(paper, 1.0f);
            *pixel++ = static_cast<std::uint8_t>(std::min(level + 0.5f, 255.0f));
        }
    }
    return measure(lit, Background::flat({kLitPaper, kLitPaper, kLitPaper}), middle_of(picture));
}

}  // namespace

std::vector<InkReading> read_ink(const Picture& picture) {
    std::vector<InkReading> readings;
    for (const Background& background : Background::estimate(picture))
        read_over(background, picture, readings);
    return readings;
}

std::vector<InkReading> read_ink_among_shadows(const Picture& picture) {
    std::vector<InkReading> readings;
    if (std::min(picture.width, picture.height) < kLeastEdgeWithShadows) return readings;
    const bool light_ink = is_dark(picture);
    const Measured measured = measure_among_shadows(light_ink ? complement(picture) : picture);
    if (measured.darker.strength < kMinContrast) return readings;
    readings.push_back(to_reading(picture, measured, false, false));
    readings.back().dark_ink = !light_ink;
    return readings;
}

}  // namespace digit
