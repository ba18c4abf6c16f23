// SPDX-License-Identifier: Apache-2.0
#include "trainer/ink_levels.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <numeric>

#include "libdigit/frame.h"

namespace digit {

namespace {

int step_of(float ink) {
    assert(ink >= 0 && ink <= 1);
    return static_cast<int>(ink * kLevelSteps);
}

}  // namespace

void keep_levels(const std::uint8_t* picture, float* pixels) {
    std::array<std::uint16_t, 256> given{};  // pixels of each level
    std::array<std::uint16_t, kLevelSteps + 1> wanting{};
    std::array<std::uint16_t, kInputPixels> step;
    for (std::size_t i = 0; i < kInputPixels; ++i) {
        ++given[picture[i]];
        step[i] = static_cast<std::uint16_t>(step_of(pixels[i]));
        ++wanting[step[i]];
    }
    std::array<float, kLevelSteps + 1> level;
    std::size_t source = given.size() - 1;
    int left = given[source];
    for (std::size_t s = wanting.size() - 1; s > 0; --s) {
        if (wanting[s] == 0) continue;
        std::size_t sum = 0;
        for (int more = wanting[s]; more > 0;) {
            while (left == 0) left = given[--source];
            const int taken = std::min(left, more);
            sum += static_cast<std::size_t>(taken) * source;
            left -= taken;
            more -= taken;
        }
        level[s] = static_cast<float>(sum) / (255.0f * static_cast<float>(wanting[s]));
    }
    level[0] = 0;
    for (std::size_t i = 0; i < kInputPixels; ++i) pixels[i] = level[step[i]];
}

void keep_levels_plain(const std::uint8_t* picture, float* pixels) {
    std::array<std::uint8_t, kInputPixels> levels;
    std::copy_n(picture, levels.size(), levels.begin());
    std::sort(levels.begin(), levels.end(), std::greater<>());
    std::array<std::size_t, kInputPixels> by_ink;
    std::iota(by_ink.begin(), by_ink.end(), std::size_t{0});
    std::array<int, kInputPixels> step;
    std::transform(pixels, pixels + kInputPixels, step.begin(), step_of);
    std::sort(by_ink.begin(), by_ink.end(),
              [&](std::size_t a, std::size_t b) { return step[a] > step[b]; });
    for (std::size_t first = 0, end = 0; first < by_ink.size(); first = end) {
        while (end < by_ink.size() && step[by_ink[end]] == step[by_ink[first]]) ++end;
        const double sum = std::accumulate(levels.begin() + static_cast<std::ptrdiff_t>(first),
                                           levels.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        const bool blank = step[by_ink[first]] == 0;
        const double mean = blank ? 0 : sum / (255 * static_cast<double>(end - first));
        for (std::size_t i = first; i < end; ++i) pixels[by_ink[i]] = static_cast<float>(mean);
    }
}

}  // namespace digit
