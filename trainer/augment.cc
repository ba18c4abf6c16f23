// SPDX-License-Identifier: Apache-2.0
#include "trainer/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "trainer/augment_kernel.h"
#include "trainer/ink_levels.h"

namespace digit {

namespace {

constexpr std::size_t kEdge = kInputEdge;

using Square = std::vector<std::array<double, kEdge>>;

// Eigenvalues and, in the columns of `vectors`, eigenvectors of a symmetric matrix.
// Source: Golub and Van Loan, Matrix Computations, §8.5, cyclic Jacobi.
void diagonalise(Square& a, Square& vectors) {
    vectors.assign(kEdge, {});
    for (std::size_t i = 0; i < kEdge; ++i) vectors[i][i] = 1;
    for (int sweep = 0; sweep < 30; ++sweep) {
        double off = 0;
        for (std::size_t p = 0; p < kEdge; ++p)
            for (std::size_t q = p + 1; q < kEdge; ++q) {
                off += a[p][q] * a[p][q];
                if (std::abs(a[p][q]) < 1e-300) continue;
                const double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
                const double t =
                    std::copysign(1 / (std::abs(theta) + std::sqrt(theta * theta + 1)), theta);
                const double c = 1 / std::sqrt(t * t + 1), s = t * c;
                const auto rotate = [c, s](double& x, double& y) {
                    const double kept = x;
                    x = c * kept - s * y;
                    y = s * kept + c * y;
                };
                for (std::size_t k = 0; k < kEdge; ++k) rotate(a[k][p], a[k][q]);
                for (std::size_t k = 0; k < kEdge; ++k) rotate(a[p][k], a[q][k]);
                for (std::size_t k = 0; k < kEdge; ++k) rotate(vectors[k][p], vectors[k][q]);
            }
        if (off < 1e-20) return;
    }
}

// Sums of four uniform bytes, shifted and scaled to mean 0 and variance 1: near enough to normal.
// Two of them from the bits of one number.
void fill_normal(Random& random, float* out, int count) {
    constexpr float kMean = 2 * 255;
    const float scale = 1 / std::sqrt(4 * (65536 - 1) / 12.0f);
    const auto sum_of_bytes = [](std::uint64_t bits) {
        return (bits & 0xff) + (bits >> 8 & 0xff) + (bits >> 16 & 0xff) + (bits >> 24 & 0xff);
    };
    for (int i = 0; i < count; i += 2) {
        const std::uint64_t bits = random.next();
        out[i] = (static_cast<float>(sum_of_bytes(bits)) - kMean) * scale;
        if (i + 1 < count)
            out[i + 1] = (static_cast<float>(sum_of_bytes(bits >> 32)) - kMean) * scale;
    }
}

}  // namespace

bool AugmentSettings::any() const {
    return rotation > 0 || shear > 0 || stretch > 0 || shift > 0 || elastic > 0 || thinner > 0 ||
           thicker > 0 || blur > 0 || contrast > 0 || square > 0;
}

AugmentSettings AugmentSettings::scaled(float factor) const {
    AugmentSettings a = *this;
    for (float* amount : {&a.rotation, &a.shear, &a.stretch, &a.shift, &a.elastic, &a.thinner,
                          &a.thicker, &a.blur, &a.contrast, &a.square})
        *amount *= factor;
    return a;
}

AugmentSettings AugmentSettings::usual() {
    AugmentSettings a;
    a.rotation = 12;
    a.shear = 0.2f;
    a.stretch = 0.12f;
    a.shift = 1;
    a.elastic = 1.2f;
    a.elastic_sigma = 4;
    a.thinner = 0.4f;
    a.thicker = 0.6f;
    a.blur = 0.5f;
    a.sharp = 0.7f;
    a.untouched = 0.15f;
    a.contrast = 0.2f;
    a.refit = true;
    a.square = 0.1f;
    return a;
}

DisplacementBasis::DisplacementBasis(float sigma) {
    Square covariance(kEdge), vectors;
    for (std::size_t i = 0; i < kEdge; ++i)
        for (std::size_t j = 0; j < kEdge; ++j) {
            const double d = static_cast<double>(i) - static_cast<double>(j);
            covariance[i][j] =
                std::exp(-d * d / (4 * static_cast<double>(sigma) * static_cast<double>(sigma)));
        }
    diagonalise(covariance, vectors);
    std::array<std::size_t, kEdge> order;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return covariance[i][i] > covariance[j][j]; });
    double kept = 0;
    while (rank_ < kMaxRank && kept < 0.995 * kEdge) {
        const std::size_t term = order[static_cast<std::size_t>(rank_++)];
        kept += covariance[term][term];
        const double root = std::sqrt(covariance[term][term]);
        for (std::size_t i = 0; i < kStride; ++i)
            basis_.push_back(i < kEdge ? static_cast<float>(root * vectors[i][term]) : 0.0f);
    }
}

Augmenter::Augmenter(const AugmentSettings& settings)
    : settings_(settings), basis_(settings.elastic_sigma) {}

Distortion Augmenter::draw(Random& random, DisplacementNoise& noise) const {
    const auto within = [&random](float bound) { return random.uniform(-bound, bound); };
    const float angle = within(settings_.rotation) * std::numbers::pi_v<float> / 180;
    const float slant = within(settings_.shear);
    const float width = std::exp(within(settings_.stretch));
    const float height = std::exp(within(settings_.stretch));
    Distortion d;
    // Rotation · slant · stretch, from target to source.
    const float c = std::cos(angle), s = std::sin(angle);
    d.xx = c * width;
    d.xy = (c * slant - s) * height;
    d.yx = s * width;
    d.yy = (s * slant + c) * height;
    d.x0 = within(settings_.shift);
    d.y0 = within(settings_.shift);
    d.stroke = random.uniform(-settings_.thinner, settings_.thicker);
    d.blur = random.uniform(0, settings_.blur);
    d.gain = 1 + within(settings_.contrast);
    if (settings_.stroke_share < 1 && random.uniform() >= settings_.stroke_share) {
        d.stroke = d.blur = 0;
        d.gain = 1;
    }
    d.refit = settings_.refit;
    if (d.refit) {
        d.shift_x = std::exchange(d.x0, 0.0f);
        d.shift_y = std::exchange(d.y0, 0.0f);
        if (random.uniform() < settings_.square) d.square = random.uniform();
    }
    d.cubic = settings_.sharp > 0 && random.uniform() < settings_.sharp;
    if (settings_.untouched > 0 && random.uniform() < settings_.untouched) return {};
    d.keep_levels =
        settings_.keep_levels && d.stroke == 0 && d.blur == 0 && d.gain == 1 && d.square == 0;
    d.elastic = random.uniform(0, settings_.elastic);
    if (d.elastic > 0) {
        fill_normal(random, noise.x.data(), basis_.rank() * basis_.rank());
        fill_normal(random, noise.y.data(), basis_.rank() * basis_.rank());
    }
    return d;
}

void Augmenter::apply(std::span<const std::uint8_t> picture, const Distortion& distortion,
                      const DisplacementNoise& noise, float* out) const {
    distort(picture.data(), distortion, noise, basis_, out);
    if (distortion.keep_levels) keep_levels(picture.data(), out);
}

void Augmenter::apply_plain(std::span<const std::uint8_t> picture, const Distortion& distortion,
                            const DisplacementNoise& noise, float* out) const {
    distort_plain(picture.data(), distortion, noise, basis_, out);
    if (distortion.keep_levels) keep_levels_plain(picture.data(), out);
}

}  // namespace digit
