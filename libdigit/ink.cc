// SPDX-License-Identifier: Apache-2.0
#include "libdigit/ink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "libdigit/background.h"
#include "libdigit/difference.h"
#include "libdigit/frame.h"
#include "libdigit/histogram.h"
#include "libdigit/sharpen.h"

namespace digit {
namespace {

// One side of the background.
struct Side {
    Histogram histogram{};  // distance from the background; the other side counts as 0
    std::size_t pixels = 0;
    int threshold = 0;    // Otsu's, between background and ink
    double strength = 0;  // mean level of what lies above it
    double evidence = 0;  // how much there is of it
};

// pixels: how many the histogram counts. farthest: the largest distance that may occur. side: new.
void measure_side(const DifferenceHistogram& histogram, std::size_t pixels, int sign, int farthest,
                  Side& side) {
    side.pixels = pixels;
    std::size_t beyond = 0;
    for (int d = 1; d <= farthest; ++d) {
        const std::uint32_t count = histogram[static_cast<std::size_t>(sign * d + kZero)];
        side.histogram[static_cast<std::size_t>(d)] = count;
        beyond += count;
    }
    side.histogram[0] = static_cast<std::uint32_t>(pixels - beyond);
    if (beyond == 0) return;
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
    return std::max(1, percentile(side.histogram, above, 0.75, side.threshold + 1));
}

struct Measured {
    Difference difference;
    DifferenceHistogram histogram{};  // of the window
    float most_noise = 255;           // what sharpening leaves round the ink beyond this is none
    Side lighter;
    Side darker;
};

// Runs of one level, most of them background, are counted at once: a counter that is raised again
// and again waits for itself.
template <typename Level>
void count_levels(const Level* levels, int zero, std::size_t width, const Window& window,
                  DifferenceHistogram& histogram) {
    std::uint32_t* counts = histogram.data() + (kZero - zero);
    for (int y = window.top; y < window.bottom; ++y) {
        const Level* row = levels + static_cast<std::size_t>(y) * width;
        for (int x = window.left; x < window.right;) {
            const Level level = row[x];
            const int from = x++;
            while (x < window.right && row[x] == level) ++x;
            counts[level] += static_cast<std::uint32_t>(x - from);
        }
    }
}

// Within the window. measured: with its difference, else new.
void measure_levels(const Picture& picture, const Window& window, Measured& measured) {
    const Difference& difference = measured.difference;
    if (difference.level.empty())
        count_levels(picture.pixels.data(), difference.zero, picture.width, window,
                     measured.histogram);
    else
        count_levels(difference.level.data(), kZero, picture.width, window, measured.histogram);
    const auto pixels = static_cast<std::size_t>(window.right - window.left) *
                        static_cast<std::size_t>(window.bottom - window.top);
    const bool bytes = difference.level.empty();
    measure_side(measured.histogram, pixels, 1, bytes ? 255 - difference.zero : 255,
                 measured.lighter);
    measure_side(measured.histogram, pixels, -1, bytes ? difference.zero : 255, measured.darker);
}

// measured: new.
void measure(const Picture& picture, const Background& background, const Window& window,
             bool sharpen, Measured& measured) {
    Difference& difference = measured.difference;
    difference = take_away(picture, background, window);
    measure_levels(picture, window, measured);
    const Side& stronger =
        measured.lighter.evidence >= measured.darker.evidence ? measured.lighter : measured.darker;
    const auto edge = static_cast<int>(std::max(picture.width, picture.height));
    // A picture as small as the network's own is no more blurred than those; of ink near what
    // counts as none, sharpening would decide whether there is any.
    if (!sharpen || stronger.strength < 2 * kMinContrast || edge <= kInputEdge ||
        edge > kMostEdgeToSharpen)
        return;
    // Without any noise it is no photo, and its edges are as they were drawn.
    const float noise = noise_of(measured.histogram, stronger.threshold);
    if (noise == 0) return;
    const bool bytes = difference.level.empty();
    if (bytes) {
        difference.level.reserve(picture.pixels.size());
        for (const std::uint8_t pixel : picture.pixels)
            difference.level.push_back(static_cast<std::uint16_t>(pixel + kZero - difference.zero));
    }
    if (!sharpen_if_blurred(static_cast<int>(picture.width), static_cast<int>(picture.height),
                            stronger.strength, difference.level)) {
        if (bytes) difference.level.clear();
        return;
    }
    measured.histogram = {};
    measured.lighter = {};
    measured.darker = {};
    measured.most_noise = noise;
    measure_levels(picture, window, measured);
}

// out: as many as there are levels. Their ends are read once: the compiler cannot know that writing
// bytes does not move them.
template <typename Levels>
void look_up(const Levels& levels, const std::uint8_t* ink, ScratchVector<std::uint8_t>& out) {
    const auto* level = levels.data();
    const auto* end = level + levels.size();
    std::uint8_t* to = out.data();
    while (level < end) *to++ = ink[*level++];
}

InkReading to_reading(const Picture& picture, const Measured& measured, bool flat, bool lighter) {
    const Side& side = lighter ? measured.lighter : measured.darker;
    const float sign = lighter ? 1.0f : -1.0f;
    InkReading reading;
    reading.plane.width = static_cast<int>(picture.width);
    reading.plane.height = static_cast<int>(picture.height);
    reading.plane.ink.resize(std::size_t{picture.width} * picture.height);
    reading.dark_ink = sign * measured.difference.luma_sign < 0;
    reading.contrast = static_cast<float>(side.strength);
    if (side.strength < 1) return reading;

    reading.noise = std::min(noise_of(measured.histogram, side.threshold), measured.most_noise);
    const auto full = static_cast<float>(full_level(side));
    // On a flat background every level above it is antialiasing; else noise has to be cut off.
    const bool clean = reading.clean = flat && reading.noise == 0;
    const float zero =
        clean ? 0.0f : std::min(std::max(3 * reading.noise, 0.2f * full), 0.6f * full);
    const float gain = 255 / std::max(1.0f, (clean ? full : 0.9f * full) - zero);
    std::array<int, 256> level_at;  // by distance from the background
    for (int d = 0; d < 256; ++d) {
        const float level = (static_cast<float>(d) - zero) * gain + 0.5f;
        level_at[static_cast<std::size_t>(d)] =
            static_cast<int>(std::min(255.0f, std::max(0.0f, level)));
    }
    // The other side of the background, and the background itself, hold none.
    std::array<std::uint8_t, kLevels> ink{};
    std::uint8_t* at_zero = ink.data() + kZero;
    const std::ptrdiff_t step = lighter ? 1 : -1;
    for (std::ptrdiff_t d = 1; d < 256; ++d)
        at_zero[d * step] = static_cast<std::uint8_t>(level_at[static_cast<std::size_t>(d)]);
    const Difference& difference = measured.difference;
    if (difference.level.empty())
        look_up(picture.pixels, at_zero - difference.zero, reading.plane.ink);
    else
        look_up(difference.level, ink.data(), reading.plane.ink);
    return reading;
}

void read_over(const Background& background, const Picture& picture, bool sharpen,
               ScratchVector<InkReading>& readings) {
    // Not on the stack: each of a server's hundreds of threads would keep it.
    ScratchVector<Measured> all(1);
    measure(picture, background, middle_of(picture), sharpen, all.back());
    if (std::max(all.back().lighter.strength, all.back().darker.strength) < kMinContrast) {
        all.clear();
        all.emplace_back();
        measure(picture, background, all_of(picture), sharpen, all.back());
    }
    const Measured& measured = all.back();
    const bool lighter = measured.lighter.evidence >= measured.darker.evidence;
    const Side& stronger = lighter ? measured.lighter : measured.darker;
    const Side& weaker = lighter ? measured.darker : measured.lighter;
    if (stronger.strength < kMinContrast) return;
    const bool exact = background.is_flat() && !background.is_guessed();
    readings.push_back(to_reading(picture, measured, exact, lighter));
    if (weaker.strength >= kMinContrast && weaker.evidence > kDoubt * stronger.evidence)
        readings.push_back(to_reading(picture, measured, exact, !lighter));
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
Picture without_shadows(Picture picture) {
    const Background background = Background::closed(picture);
    ScratchVector<float> row;
    auto pixel = picture.pixels.begin();
    for (int y = 0; y < static_cast<int>(picture.height); ++y) {
        background.row(picture, y, row);
        for (const float paper : row) {
            const float level = static_cast<float>(*pixel) * kLitPaper / std::max(paper, 1.0f);
            *pixel++ = static_cast<std::uint8_t>(std::min(level + 0.5f, 255.0f));
        }
    }
    return picture;
}

}  // namespace

ScratchVector<InkReading> read_ink(const Picture& picture, bool restore) {
    ScratchVector<InkReading> readings;
    for (const Background& background : Background::estimate(picture, restore))
        read_over(background, picture, restore, readings);
    return readings;
}

ScratchVector<InkReading> read_ink_among_shadows(const Picture& picture) {
    ScratchVector<InkReading> readings;
    if (std::min(picture.width, picture.height) < kLeastEdgeWithShadows) return readings;
    const bool light_ink = is_dark(picture);
    const Picture lit = without_shadows(light_ink ? complement(picture) : picture);
    ScratchVector<Measured> one(1);
    Measured& measured = one.front();
    measure(lit, Background::flat({kLitPaper, kLitPaper, kLitPaper}), middle_of(lit), false,
            measured);
    if (measured.darker.strength < kMinContrast) return readings;
    readings.push_back(to_reading(lit, measured, false, false));
    readings.back().dark_ink = !light_ink;
    return readings;
}

}  // namespace digit
