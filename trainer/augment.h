// SPDX-License-Identifier: Apache-2.0
// New pictures from old ones.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "libdigit/frame.h"
#include "trainer/aligned.h"
#include "trainer/random.h"

namespace digit {

// How far a picture may be changed; each amount is drawn anew for every picture, uniformly.
// All zero: it is left as it is.
struct AugmentSettings {
    float rotation = 0;       // ± degrees
    float shear = 0;          // ± horizontal shift per row, as a slant
    float stretch = 0;        // ± of the logarithm of the scale, each axis
    float shift = 0;          // ± pixels, each axis
    float elastic = 0;        // root mean square displacement in pixels, from 0 up to this
    float elastic_sigma = 5;  // pixels; the smoothness of the displacements
    float thinner = 0;        // strokes: pixels taken away on each side, up to this
    float thicker = 0;        // pixels added on each side, up to this
    float blur = 0;           // 3×3 binomial blurs, from none up to so many, at most 2
    float contrast = 0;       // ± of the factor on the ink, which then ends at full ink
    float stroke_share = 1;   // part of the pictures that the four amounts above are for
    // Linear interpolation blurs what it moves, and pictures that the server need not resample are
    // sharper: part of the pictures that are interpolated by cubics, which hardly blur, and part
    // that are left as they are.
    float sharp = 0;
    float untouched = 0;
    // The pixels get the levels that the picture's own had, by rank: interpolation makes edges
    // softer and full ink rarer than in any scan. Not of pictures whose strokes are varied, nor of
    // those that `square` widens, whose ink would fall apart.
    bool keep_levels = false;
    // The changed picture is framed anew as the server would frame it: its longer side as long, and
    // its centre of mass where, the picture had them; `shift` comes after.
    bool refit = false;
    // Part of the pictures whose ink is stretched some way towards a square, as by those who cut a
    // digit out and bring it to a square: a 1 gets as wide as it is high. Takes effect with
    // `refit`.
    float square = 0;

    bool any() const;
    // All amounts times a factor.
    AugmentSettings scaled(float factor) const;
    // Amounts that suit handwriting of MNIST's kind, near those of Cireşan et al. 2010.
    static AugmentSettings usual();
};

// What is done to one picture.
struct Distortion {
    // Source coordinates of a target pixel, both from the centre: x' = xx·x + xy·y + x0, …
    float xx = 1, xy = 0, x0 = 0;
    float yx = 0, yy = 1, y0 = 0;
    float elastic = 0;  // root mean square displacement
    float stroke = 0;   // < 0 thinner, > 0 thicker
    float blur = 0;
    float gain = 1;
    bool cubic = false;  // interpolated by cubics
    bool keep_levels = false;
    bool refit = false;
    float shift_x = 0, shift_y = 0;  // after refitting
    float square = 0;                // how far towards a square of ink, before refitting: 0 to 1
};

// The longest side of a displacement field's coefficients; see DisplacementBasis.
inline constexpr int kMaxRank = 16;

// Smooth random fields at the price of a few numbers: white noise convolved with a Gaussian, as
// Simard, Steinkraus and Platt 2003 have it, is a Gaussian process with the covariance
// exp(-d² / 4σ²) along each axis. Its Karhunen–Loève expansion needs only a few terms: a field is
// B C Bᵀ with independent normal C, where B (28 × rank) holds the leading eigenvectors of the
// covariance, times the roots of their eigenvalues. The root mean square over all fields is 1.
class DisplacementBasis {
  public:
    // Keeps the terms that make up 99.5 % of the variance, at most kMaxRank.
    explicit DisplacementBasis(float sigma);

    int rank() const { return rank_; }
    // B transposed, rank × kStride; columns beyond 28 are 0.
    const float* rows() const { return basis_.data(); }
    static constexpr int kStride = 32;

  private:
    int rank_ = 0;
    AlignedVector<float> basis_;
};

// Coefficients of the displacements along x and y: the first rank × rank of each are used.
struct DisplacementNoise {
    std::array<float, kMaxRank * kMaxRank> x;
    std::array<float, kMaxRank * kMaxRank> y;
};

class Augmenter {
  public:
    explicit Augmenter(const AugmentSettings& settings);

    // Draws a distortion, and the noise for its displacements.
    Distortion draw(Random& random, DisplacementNoise& noise) const;

    // out: 784 floats, ink from 0 to 1; what comes from outside of the picture is 0.
    // Vectorised; differs from apply_plain by at most 1e-4, but where levels are kept: pixels that
    // differ by less than that may there change places, become alike or cease to be. Thread-safe.
    void apply(std::span<const std::uint8_t> picture, const Distortion& distortion,
               const DisplacementNoise& noise, float* out) const;

    // The same in plain loops: the oracle of the tests.
    void apply_plain(std::span<const std::uint8_t> picture, const Distortion& distortion,
                     const DisplacementNoise& noise, float* out) const;

  private:
    AugmentSettings settings_;
    DisplacementBasis basis_;
};

}  // namespace digit
