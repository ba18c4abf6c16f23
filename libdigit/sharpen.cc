// SPDX-License-Identifier: Apache-2.0
#include "libdigit/sharpen.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace digit {
namespace {

constexpr int kMaxLevel = 510;
// Steeper edges, in parts of the contrast from a pixel to the next, are left alone: of noisy or
// sharp pictures they are 0.7 and more, of newspaper print from a phone 0.2 to 0.5.
constexpr double kSteep = 0.6;
// What is added of the difference from the blurred picture; from 0.5 to 0.7 it makes no difference
// to what is read, 1.5 brings the noise out.
constexpr int kAddedTenths = 6;
// Half the width of each of the two boxes, in pixels: a stroke of small print, no more.
constexpr int kMaxReach = 6;

// The change from a pixel to the next, right or below, that one in fifty exceeds.
int steepest(int width, int height, const std::uint16_t* level) {
    ScratchVector<std::uint32_t> counts(kMaxLevel + 1);
    std::uint32_t pixels = 0;
    for (int y = 1; y + 1 < height; ++y) {
        const std::uint16_t* row = level + y * width;
        for (int x = 1; x + 1 < width; ++x, ++pixels)
            ++counts[static_cast<std::size_t>(
                std::max(std::abs(row[x + 1] - row[x]), std::abs(row[x + width] - row[x])))];
    }
    std::uint32_t left = pixels / 50;
    int change = kMaxLevel;
    while (change > 0 && counts[static_cast<std::size_t>(change)] <= left)
        left -= counts[static_cast<std::size_t>(change--)];
    return change;
}

// out: the sums of 2 × reach + 1 neighbours in a line, whose ends go on beyond it.
void sum_line(const std::int32_t* line, int count, int step, int reach, std::int32_t* out) {
    const auto at = [&](int i) { return line[std::clamp(i, 0, count - 1) * step]; };
    std::int32_t sum = 0;
    for (int i = -reach; i <= reach; ++i) sum += at(i);
    for (int i = 0; i < count; ++i) {
        out[i * step] = sum;
        sum += at(i + reach + 1) - at(i - reach);
    }
}

}  // namespace

bool sharpen_if_blurred(int width, int height, double contrast,
                        ScratchVector<std::uint16_t>& levels) {
    const double steepness = steepest(width, height, levels.data()) / contrast;
    if (steepness <= 0 || steepness > kSteep) return false;
    const int reach = std::clamp(static_cast<int>(std::lround(1 / steepness)), 1, kMaxReach);
    // A box twice along each axis is close to a Gaussian.
    ScratchVector<std::int32_t> sums(levels.size());
    ScratchVector<std::int32_t> lines(levels.size());
    std::copy(levels.begin(), levels.end(), sums.begin());
    for (int pass = 0; pass < 2; ++pass) {
        for (int y = 0; y < height; ++y)
            sum_line(&sums[static_cast<std::size_t>(y * width)], width, 1, reach,
                     &lines[static_cast<std::size_t>(y * width)]);
        for (int x = 0; x < width; ++x)
            sum_line(&lines[static_cast<std::size_t>(x)], height, width, reach,
                     &sums[static_cast<std::size_t>(x)]);
    }
    const int box = 2 * reach + 1;
    const int area = box * box * box * box;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const int level = levels[i];
        const int blurred = (sums[i] + area / 2) / area;
        levels[i] = static_cast<std::uint16_t>(
            std::clamp(level + (kAddedTenths * (level - blurred)) / 10, 0, kMaxLevel));
    }
    return true;
}

}  // namespace digit
