// SPDX-License-Identifier: Apache-2.0
#include "libdigit/flat_background.h"

#include <cmath>

#include "libdigit/histogram.h"
#include "libdigit/scratch_vector.h"

namespace digit {
namespace {

constexpr int kFlatSpread = 3;

struct Mode {
    float level = 0;
    std::size_t count = 0;  // pixels within kFlatSpread levels of it
};

// The level around which most pixels lie.
Mode find_mode(const Histogram& histogram) {
    std::size_t around = 0;
    for (std::size_t i = 0; i <= kFlatSpread; ++i) around += histogram[i];
    Mode mode;
    int at = 0;
    for (int i = 0; i < 256; ++i) {
        if (around > mode.count) {
            mode.count = around;
            at = i;
        }
        if (i + kFlatSpread + 1 < 256)
            around += histogram[static_cast<std::size_t>(i + kFlatSpread + 1)];
        if (i >= kFlatSpread) around -= histogram[static_cast<std::size_t>(i - kFlatSpread)];
    }
    if (mode.count == 0) return mode;
    double sum = 0;
    int exact = at;
    for (int i = std::max(0, at - kFlatSpread); i <= std::min(255, at + kFlatSpread); ++i) {
        sum += static_cast<double>(histogram[static_cast<std::size_t>(i)]) * i;
        if (histogram[static_cast<std::size_t>(i)] > histogram[static_cast<std::size_t>(exact)])
            exact = i;
    }
    // The level itself is wanted where it is exact, not the mean of antialiasing around it.
    mode.level = histogram[static_cast<std::size_t>(exact)] * 2 > mode.count
                     ? static_cast<float>(exact)
                     : static_cast<float>(sum / static_cast<double>(mode.count));
    return mode;
}

// Histograms of one channel over the places that tell the background from the ink.
struct Places {
    Histogram whole{};
    Histogram border{};
    Histogram corners{};
    std::size_t whole_pixels = 0;
    std::size_t border_pixels = 0;
    std::size_t corner_pixels = 0;
};

// places: new.
void count_places(const Picture& picture, std::size_t channel, Places& places) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    const auto step = static_cast<std::size_t>(sampling_step(picture));
    for (std::size_t y = 0; y < picture.height; y += step) {
        const std::uint8_t* row = &picture.pixels[y * picture.width * channels + channel];
        for (std::size_t x = 0; x < picture.width; x += step) ++places.whole[row[x * channels]];
        places.whole_pixels += (picture.width + step - 1) / step;
    }
    const auto level = [&](std::size_t x, std::size_t y) {
        return picture.pixels[(y * picture.width + x) * channels + channel];
    };
    const std::size_t right = picture.width - 1;
    const std::size_t bottom = picture.height - 1;
    for (std::size_t x = 0; x <= right; ++x) {
        ++places.border[level(x, 0)];
        ++places.border[level(x, bottom)];
    }
    for (std::size_t y = 0; y <= bottom; ++y) {
        ++places.border[level(0, y)];
        ++places.border[level(right, y)];
    }
    places.border_pixels = 2 * (right + bottom + 2);
    const std::size_t corner = std::max<std::size_t>(1, std::min(right, bottom) / 8);
    for (std::size_t y = 0; y < corner; ++y)
        for (std::size_t x = 0; x < corner; ++x) {
            ++places.corners[level(x, y)];
            ++places.corners[level(right - x, y)];
            ++places.corners[level(x, bottom - y)];
            ++places.corners[level(right - x, bottom - y)];
        }
    places.corner_pixels = 4 * corner * corner;
}

double share_near(const Histogram& histogram, std::size_t pixels, float level,
                  int spread = kFlatSpread) {
    std::size_t near = 0;
    const int lowest = std::max(0, static_cast<int>(std::ceil(level - static_cast<float>(spread))));
    const int highest = std::min(255, static_cast<int>(level + static_cast<float>(spread)));
    for (int i = lowest; i <= highest; ++i) near += histogram[static_cast<std::size_t>(i)];
    return static_cast<double>(near) / static_cast<double>(std::max<std::size_t>(1, pixels));
}

// The part of the picture that a flat background covers at least; where it covers less, it is
// doubtful, and it is none below the lower bound.
constexpr double kLeastArea = 0.25;
constexpr double kLeastDoubtfulArea = 0.03;
constexpr double kLeastScore = 0.8;
constexpr double kLeastDoubtfulScore = 0.5;
// Little background and nothing but it along the border is a frame round the picture: ink that is
// cut tight touches the border.
constexpr double kMostOfDoubtfulBorder = 0.9;
constexpr int kFrameSpread = 8;

// One channel's background level, if it is flat, as in a drawing, a screenshot or a scan. In a
// tightly cut digit ink may cover more than its background does and much of the border too, so
// border, corners and area vote together.
std::optional<float> flat_level(const Places& places, double least_area, double least_score) {
    const Mode overall = find_mode(places.whole);
    Histogram others = places.whole;
    const int at = static_cast<int>(overall.level);
    std::fill(others.begin() + std::max(0, at - 32), others.begin() + std::min(256, at + 33), 0);
    // With little contrast there is no second mode.
    Mode second = find_mode(others);
    if (second.count == 0) second = overall;
    double best = least_score;
    std::optional<float> level;
    for (const float candidate : {overall.level, second.level, find_mode(places.border).level}) {
        const double area = share_near(places.whole, places.whole_pixels, candidate);
        if (area < least_area) continue;
        const double border = share_near(places.border, places.border_pixels, candidate);
        if (area < kLeastArea && share_near(places.border, places.border_pixels, candidate,
                                            kFrameSpread) > kMostOfDoubtfulBorder)
            continue;
        const double corners = share_near(places.corners, places.corner_pixels, candidate);
        const double score = border + 0.5 * corners + 0.5 * area;
        if (score > best) {
            best = score;
            level = candidate;
        }
    }
    return level;
}

// The level of every pixel of the border, if it is one level and most of the picture has it too:
// the answer that the vote would give, at less cost. Most drawings and scans with a margin are so.
std::optional<float> level_of_margin(const Picture& picture, std::size_t channel) {
    const auto channels = static_cast<std::size_t>(picture.channels);
    const std::size_t row_bytes = picture.width * channels;
    const std::uint8_t* first = picture.pixels.data() + channel;
    const std::uint8_t* last = first + (picture.height - 1) * row_bytes;
    const std::uint8_t level = *first;
    for (std::size_t i = 0; i < row_bytes; i += channels)
        if (first[i] != level || last[i] != level) return std::nullopt;
    for (const std::uint8_t* row = first; row <= last; row += row_bytes)
        if (row[0] != level || row[row_bytes - channels] != level) return std::nullopt;

    const auto step = static_cast<std::size_t>(sampling_step(picture));
    const std::size_t pixels =
        ((picture.width + step - 1) / step) * ((picture.height + step - 1) / step);
    std::size_t of_level = 0;
    for (std::size_t y = 0; y < picture.height; y += step) {
        const std::uint8_t* row = first + y * row_bytes;
        for (std::size_t i = 0; i < row_bytes; i += step * channels) of_level += row[i] == level;
        if (2 * of_level > pixels) return level;
    }
    return std::nullopt;
}

}  // namespace

std::optional<FlatBackground> flat_background(const Picture& picture) {
    FlatBackground background;
    for (std::size_t c = 0; c < static_cast<std::size_t>(picture.channels); ++c) {
        if (const auto margin = level_of_margin(picture, c)) {
            background.level[c] = *margin;
            continue;
        }
        // Not on the stack: each of a server's hundreds of threads would keep it.
        ScratchVector<Places> one(1);
        Places& places = one.front();
        count_places(picture, c, places);
        std::optional<float> level = flat_level(places, kLeastArea, kLeastScore);
        if (!level) {
            level = flat_level(places, kLeastDoubtfulArea, kLeastDoubtfulScore);
            background.doubtful = true;
        }
        if (!level) return std::nullopt;
        background.level[c] = *level;
    }
    return background;
}

}  // namespace digit
