// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace digit {
namespace {

// Every pixel becomes the mean of a box around it along y that reaches `radius` pixels to each
// side, not necessarily whole ones. Whole rows are added at once, which the compiler vectorises.
void box_columns(const InkField& from, float radius, InkField& to) {
    const int whole = static_cast<int>(radius);
    const float part = radius - static_cast<float>(whole);
    const float weight = 1 / (2 * radius + 1);
    const std::vector<float> nothing(static_cast<std::size_t>(from.width));
    const auto row = [&](int y) {
        return y < 0 || y >= from.height ? nothing.data() : from.row(y);
    };
    std::vector<float> sums(static_cast<std::size_t>(from.width));
    for (int y = 0; y <= std::min(whole, from.height - 1); ++y)
        for (int x = 0; x < from.width; ++x) sums[static_cast<std::size_t>(x)] += from.row(y)[x];
    for (int y = 0; y < from.height; ++y) {
        const float* above = row(y - whole - 1);
        const float* first = row(y - whole);
        const float* below = row(y + whole + 1);
        float* sum = sums.data();
        float* out = to.row(y);
        for (int x = 0; x < from.width; ++x) {
            out[x] = weight * (sum[x] + part * (above[x] + below[x]));
            sum[x] += below[x] - first[x];
        }
    }
}

InkField transpose(const InkField& field) {
    InkField result(field.height, field.width);
    for (int y = 0; y < field.height; ++y) {
        const float* from = field.row(y);
        for (int x = 0; x < field.width; ++x) result.row(x)[y] = from[x];
    }
    return result;
}

// Two boxes of radius r have together the variance 2 ((2r + 1)² − 1) / 12, and 4r / (1 + 2r) where
// r is under one pixel.
void blur_columns(InkField& field, float sigma) {
    const float variance = sigma * sigma;
    const float radius =
        variance < 4.0f / 3 ? variance / (4 - 2 * variance) : (std::sqrt(6 * variance + 1) - 1) / 2;
    InkField once(field.width, field.height);
    box_columns(field, radius, once);
    box_columns(once, radius, field);
}

// How one output pixel covers the inputs along one axis: `count` of them from `first`.
struct Cover {
    int first = 0;
    int count = 0;
    std::array<float, 32> weight{};  // sums to one
};

Cover cover(int from, int to, int out) {
    Cover result;
    const float step = static_cast<float>(from) / static_cast<float>(to);
    if (step <= 1) {
        const float centre = std::clamp((static_cast<float>(out) + 0.5f) * step - 0.5f, 0.0f,
                                        static_cast<float>(from - 1));
        result.first = std::min(static_cast<int>(centre), std::max(0, from - 2));
        result.count = std::min(2, from);
        result.weight[1] = centre - static_cast<float>(result.first);
        result.weight[0] = 1 - result.weight[1];
        return result;
    }
    const float begin = static_cast<float>(out) * step;
    const float end = std::min(static_cast<float>(from), begin + step);
    result.first = std::min(from - 1, static_cast<int>(begin));
    float sum = 0;
    for (int i = result.first; i < from && static_cast<float>(i) < end &&
                               result.count < static_cast<int>(result.weight.size());
         ++i) {
        const float part =
            std::min(end, static_cast<float>(i + 1)) - std::max(begin, static_cast<float>(i));
        result.weight[static_cast<std::size_t>(result.count++)] = part;
        sum += part;
    }
    for (float& weight : result.weight) weight /= sum;
    return result;
}

}  // namespace

void blur(InkField& field, float sigma) {
    if (sigma < 0.2f) return;
    blur_columns(field, sigma);
    InkField turned = transpose(field);
    blur_columns(turned, sigma);
    field = transpose(turned);
}

InkField resample(const InkField& field, int width, int height) {
    InkField across(width, field.height);
    for (int x = 0; x < width; ++x) {
        const Cover columns = cover(field.width, width, x);
        for (int y = 0; y < field.height; ++y) {
            const float* from = field.row(y) + columns.first;
            float sum = 0;
            for (int i = 0; i < columns.count; ++i)
                sum += columns.weight[static_cast<std::size_t>(i)] * from[i];
            across.row(y)[x] = sum;
        }
    }
    InkField result(width, height);
    for (int y = 0; y < height; ++y) {
        const Cover rows = cover(field.height, height, y);
        float* to = result.row(y);
        for (int i = 0; i < rows.count; ++i) {
            const float* from = across.row(rows.first + i);
            const float weight = rows.weight[static_cast<std::size_t>(i)];
            for (int x = 0; x < width; ++x) to[x] += weight * from[x];
        }
    }
    return result;
}

void steepen(InkField& field, float level, float slope) {
    for (float& ink : field.ink) ink = std::clamp((ink - level) * slope + 0.5f, 0.0f, 1.0f);
}

void add_noise(InkField& field, float deviation, Random& random) {
    // Four 16-bit uniform numbers have the variance 4 × 65536² / 12.
    const float scale = deviation / (65536 * std::sqrt(4.0f / 12));
    for (float& ink : field.ink) {
        const std::uint64_t bits = random.next();
        const auto sum = static_cast<int>((bits & 0xffff) + ((bits >> 16) & 0xffff) +
                                          ((bits >> 32) & 0xffff) + (bits >> 48));
        ink += scale * static_cast<float>(sum - 2 * 65535);
    }
}

}  // namespace digit
