// SPDX-License-Identifier: Apache-2.0
#include "libdigit/quadratic_surface.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digit {
namespace {

constexpr std::size_t kTerms = 6;
constexpr std::size_t kPlaneTerms = 3;
constexpr int kMostSteps = 10;
constexpr int kPlaneSteps = 4;  // the first ones: a plane does not bend to meet ink in a corner
// A value counts within so many medians of all distances from the surface, so that hardly more than
// half of them do, and within so many levels: paper is never smoother.
constexpr double kCutOff = 1.3;
constexpr double kLeastReach = 6;
constexpr double kSettled = 0.05;  // levels of that by which a step changes it
constexpr double kNear = 8;        // levels
// Parts of the values that lie near the surface: it is one, and no better one need be looked for.
constexpr double kLeastShare = 0.5;
constexpr double kGoodShare = 0.6;

using Terms = std::array<double, kTerms>;

struct Sample {
    Terms terms;  // 1, x, y, x², xy, y² with x and y from -1 to 1
    double value;
    bool at_border;
};

ScratchVector<Sample> samples_of(const ScratchVector<float>& values, int columns, int rows) {
    ScratchVector<Sample> samples;
    samples.reserve(values.size());
    for (int r = 0; r < rows; ++r)
        for (int c = 0; c < columns; ++c) {
            const double x = columns < 2 ? 0 : 2.0 * c / (columns - 1) - 1;
            const double y = rows < 2 ? 0 : 2.0 * r / (rows - 1) - 1;
            const bool at_border =
                std::min(c, columns - 1 - c) * 8 < columns || std::min(r, rows - 1 - r) * 8 < rows;
            samples.push_back({{1, x, y, x * x, x * y, y * y},
                               static_cast<double>(values[samples.size()]),
                               at_border});
        }
    return samples;
}

double value_of(const Terms& factors, const Terms& terms) {
    double sum = 0;
    for (std::size_t i = 0; i < kTerms; ++i) sum += factors[i] * terms[i];
    return sum;
}

struct NormalEquations {
    std::size_t count;  // of the terms, the first ones; the other factors are 0
    std::array<Terms, kTerms> matrix{};
    Terms right{};

    // Of the matrix, the upper triangle.
    void add(const Sample& sample, double weight) {
        for (std::size_t i = 0; i < count; ++i) {
            const double weighted = weight * sample.terms[i];
            for (std::size_t j = i; j < count; ++j) matrix[i][j] += weighted * sample.terms[j];
            right[i] += weighted * sample.value;
        }
    }

    // By Gauss with pivots. Returns false where there is no one solution.
    bool solve(Terms& factors) {
        factors = {};
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < i; ++j) matrix[i][j] = matrix[j][i];
        for (std::size_t k = 0; k < count; ++k) {
            std::size_t pivot = k;
            for (std::size_t i = k + 1; i < count; ++i)
                if (std::fabs(matrix[i][k]) > std::fabs(matrix[pivot][k])) pivot = i;
            if (std::fabs(matrix[pivot][k]) < 1e-6) return false;
            std::swap(matrix[k], matrix[pivot]);
            std::swap(right[k], right[pivot]);
            for (std::size_t i = k + 1; i < count; ++i) {
                const double part = matrix[i][k] / matrix[k][k];
                for (std::size_t j = k; j < count; ++j) matrix[i][j] -= part * matrix[k][j];
                right[i] -= part * right[k];
            }
        }
        for (std::size_t k = count; k-- > 0;) {
            double sum = right[k];
            for (std::size_t j = k + 1; j < count; ++j) sum -= matrix[k][j] * factors[j];
            factors[k] = sum / matrix[k][k];
        }
        return true;
    }
};

struct Fit {
    Terms factors{};
    std::size_t near = 0;  // samples that lie near it
};

// From the surface through the samples along the border, where there is least ink, or through all.
Fit fit_from(const ScratchVector<Sample>& samples, bool border) {
    ScratchVector<double> distances(samples.size());
    Fit fit;
    double reach = 1e9;  // levels; at first all count alike
    for (int step = 0; step < kMostSteps; ++step) {
        NormalEquations equations{step < kPlaneSteps ? kPlaneTerms : kTerms};
        for (const Sample& sample : samples) {
            if (step == 0 && border && !sample.at_border) continue;
            const double away = (sample.value - value_of(fit.factors, sample.terms)) / reach;
            if (std::fabs(away) < 1) equations.add(sample, (1 - away * away) * (1 - away * away));
        }
        if (!equations.solve(fit.factors)) return {};
        for (std::size_t i = 0; i < samples.size(); ++i)
            distances[i] = std::fabs(samples[i].value - value_of(fit.factors, samples[i].terms));
        fit.near = static_cast<std::size_t>(std::count_if(
            distances.begin(), distances.end(), [](double distance) { return distance <= kNear; }));
        const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
        std::nth_element(distances.begin(), middle, distances.end());
        const double next = std::max(kLeastReach, kCutOff * *middle);
        if (step > kPlaneSteps && std::fabs(next - reach) < kSettled) break;
        reach = next;
    }
    return fit;
}

}  // namespace

ScratchVector<float> quadratic_surface(const ScratchVector<float>& values, int columns, int rows) {
    const ScratchVector<Sample> samples = samples_of(values, columns, rows);
    if (samples.size() < kTerms) return {};
    const auto share = [&](const Fit& fit) {
        return static_cast<double>(fit.near) / static_cast<double>(samples.size());
    };
    Fit best = fit_from(samples, true);
    if (share(best) < kGoodShare)
        if (const Fit other = fit_from(samples, false); other.near > best.near) best = other;
    if (share(best) < kLeastShare) return {};
    ScratchVector<float> surface;
    surface.reserve(samples.size());
    for (const Sample& sample : samples)
        surface.push_back(
            static_cast<float>(std::clamp(value_of(best.factors, sample.terms), 0.0, 255.0)));
    return surface;
}

}  // namespace digit
