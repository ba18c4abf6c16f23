// SPDX-License-Identifier: Apache-2.0
// Statistics over 256 levels.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace digit {

using Histogram = std::array<std::uint32_t, 256>;

// The lowest level that at least `part` of the `count` samples from level `first` on do not exceed.
inline int percentile(const Histogram& histogram, std::size_t count, double part, int first = 0) {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count) * part));
    std::uint64_t seen = 0;
    for (int level = first; level < 256; ++level) {
        seen += histogram[static_cast<std::size_t>(level)];
        if (seen >= wanted) return level;
    }
    return 255;
}

// The level that best splits the samples into two classes, the last one of the lower class.
// Source: Otsu, A threshold selection method from gray-level histograms, 1979.
inline int otsu(const Histogram& histogram, std::size_t count) {
    // Sums are whole numbers under 2^53, so that doubles hold them exactly.
    std::uint64_t whole_sum = 0;
    for (std::uint64_t i = 0; i < 256; ++i) whole_sum += i * histogram[i];
    const auto sum = static_cast<double>(whole_sum);
    double below = 0;
    double sum_below = 0;
    double best = -1;
    int at = 0;
    for (int level = 0; level < 255; ++level) {
        // A level without samples splits them as the one before did.
        if (histogram[static_cast<std::size_t>(level)] == 0) continue;
        below += histogram[static_cast<std::size_t>(level)];
        sum_below += static_cast<double>(level) * histogram[static_cast<std::size_t>(level)];
        const double above = static_cast<double>(count) - below;
        if (above <= 0) break;
        const double distance = sum_below / below - (sum - sum_below) / above;
        const double between = below * above * distance * distance;
        if (between > best) {
            best = between;
            at = level;
        }
    }
    return at;
}

}  // namespace digit
