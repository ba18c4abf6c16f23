// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "trainer/augment_kernel.h"

namespace digit {

namespace {

// A picture that is 0 outside of its bounds.
class Plane {
  public:
    double at(int x, int y) const {
        const bool inside = x >= 0 && y >= 0 && x < kInputEdge && y < kInputEdge;
        return inside ? pixels_[index(x, y)] : 0;
    }
    void set(int x, int y, double value) { pixels_[index(x, y)] = value; }
    double maximum() const { return *std::max_element(pixels_.begin(), pixels_.end()); }

    template <class F>
    Plane map(F f) const {
        Plane result;
        for (int y = 0; y < kInputEdge; ++y)
            for (int x = 0; x < kInputEdge; ++x) result.set(x, y, f(x, y));
        return result;
    }

  private:
    static std::size_t index(int x, int y) { return static_cast<std::size_t>(y * kInputEdge + x); }
    std::array<double, kInputPixels> pixels_{};
};

Plane change_stroke(const Plane& in, double pixels) {
    const Plane moved = in.map([&](int x, int y) {
        const auto ring = {in.at(x, y), in.at(x - 1, y), in.at(x + 1, y), in.at(x, y - 1),
                           in.at(x, y + 1)};
        return pixels > 0 ? std::max(ring) : std::min(ring);
    });
    const double part = std::abs(pixels);
    return in.map(
        [&](int x, int y) { return in.at(x, y) + part * (moved.at(x, y) - in.at(x, y)); });
}

Plane blurred(const Plane& in, double part) {
    return in.map([&](int x, int y) {
        double sum = 0;
        for (int dy = -1; dy <= 1; ++dy)
            for (int dx = -1; dx <= 1; ++dx)
                sum += (2 - std::abs(dx)) * (2 - std::abs(dy)) / 16.0 * in.at(x + dx, y + dy);
        return in.at(x, y) + part * (sum - in.at(x, y));
    });
}

double displacement(const float* coefficients, const DisplacementBasis& basis, int x, int y) {
    double sum = 0;
    for (int i = 0; i < basis.rank(); ++i)
        for (int j = 0; j < basis.rank(); ++j)
            sum += static_cast<double>(basis.rows()[i * DisplacementBasis::kStride + y]) *
                   static_cast<double>(coefficients[i * basis.rank() + j]) *
                   static_cast<double>(basis.rows()[j * DisplacementBasis::kStride + x]);
    return sum;
}

double bilinear(const Plane& plane, double x, double y) {
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    const double fx = x - left, fy = y - top;
    const double above = plane.at(left, top) * (1 - fx) + plane.at(left + 1, top) * fx;
    const double below = plane.at(left, top + 1) * (1 - fx) + plane.at(left + 1, top + 1) * fx;
    return above * (1 - fy) + below * fy;
}

// Source: Keys 1981 with a = -1/2 (Catmull and Rom 1974): passes through the pixels, and is exact
// for parabolas. It overshoots at edges.
double cubic(double before, double left, double right, double after, double t) {
    return left + 0.5 * t *
                      (right - before +
                       t * (2 * before - 5 * left + 4 * right - after +
                            t * (3 * (left - right) + after - before)));
}

double bicubic(const Plane& plane, double x, double y) {
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    double rows[4];
    for (int k = 0; k < 4; ++k) {
        const int row = top - 1 + k;
        rows[k] = cubic(plane.at(left - 1, row), plane.at(left, row), plane.at(left + 1, row),
                        plane.at(left + 2, row), x - left);
    }
    return cubic(rows[0], rows[1], rows[2], rows[3], y - top);
}

void warp_plain(const Plane& plane, const Distortion& d, const DisplacementNoise& noise,
                const DisplacementBasis& basis, double gain, float* out) {
    constexpr double kCentre = (kInputEdge - 1) / 2.0;
    for (int y = 0; y < kInputEdge; ++y)
        for (int x = 0; x < kInputEdge; ++x) {
            const double u = x - kCentre, v = y - kCentre;
            double sx = static_cast<double>(d.xx) * u + static_cast<double>(d.xy) * v +
                        static_cast<double>(d.x0) + kCentre;
            double sy = static_cast<double>(d.yx) * u + static_cast<double>(d.yy) * v +
                        static_cast<double>(d.y0) + kCentre;
            if (d.elastic > 0) {
                sx += static_cast<double>(d.elastic) * displacement(noise.x.data(), basis, x, y);
                sy += static_cast<double>(d.elastic) * displacement(noise.y.data(), basis, x, y);
            }
            const double ink = gain * (d.cubic ? bicubic(plane, sx, sy) : bilinear(plane, sx, sy));
            out[y * kInputEdge + x] = static_cast<float>(std::clamp(ink, 0.0, 1.0));
        }
}

Profile profile_plain(const std::array<float, kInputPixels>& ink) {
    Profile profile;
    for (std::size_t y = 0; y < kInputEdge; ++y)
        for (std::size_t x = 0; x < kInputEdge; ++x) {
            const float value = ink[y * kInputEdge + x];
            profile.columns[x] = std::max(profile.columns[x], value);
            profile.rows[y] = std::max(profile.rows[y], value);
            profile.mass += value;
            profile.x_mass += value * (static_cast<float>(x) + 0.5f);
            profile.y_mass += value * (static_cast<float>(y) + 0.5f);
        }
    return profile;
}

}  // namespace

Extent extent_of(const Profile& profile) {
    Extent extent;
    if (profile.mass <= 0) return extent;
    extent.empty = false;
    extent.x = profile.x_mass / profile.mass;
    extent.y = profile.y_mass / profile.mass;
    const auto edges = [](const float* most, float& low, float& high) {
        const float full = 0.5f * *std::max_element(most, most + kInputEdge);
        const float trace = std::max(kTrace, 1e-3f * full);
        int first = 0, last = kInputEdge - 1;
        while (first < last && most[first] < trace) ++first;
        while (first < last && most[last] < trace) --last;
        low = static_cast<float>(first) + 1 - std::min(1.0f, most[first] / full);
        high = static_cast<float>(last) + std::min(1.0f, most[last] / full);
    };
    edges(profile.columns, extent.left, extent.right);
    edges(profile.rows, extent.top, extent.bottom);
    return extent;
}

Distortion squared(const Distortion& d, const Extent& source) {
    if (source.empty || d.square <= 0) return d;
    const float width = std::max(source.right - source.left, 1.0f);
    const float height = std::max(source.bottom - source.top, 1.0f);
    const float wider = std::pow(std::clamp(height / width, 0.25f, 4.0f), d.square);
    // The source of a target pixel lies nearer by as much, before anything else is done to it.
    Distortion result = d;
    for (float* entry : {&result.xx, &result.xy, &result.x0}) *entry /= wider;
    return result;
}

Distortion refitted(const Distortion& d, const Extent& source, const Extent& made) {
    if (source.empty || made.empty) return d;
    const auto side = [](const Extent& e) {
        return std::max({e.right - e.left, e.bottom - e.top, 1.0f});
    };
    // A target pixel u now shows what pixel scale · u + (x, y) showed, from the centre.
    const float scale = std::clamp(side(made) / side(source), 0.5f, 2.0f);
    constexpr float kMiddle = kInputEdge / 2.0f;
    const float x = made.x - kMiddle - scale * (source.x - kMiddle + d.shift_x);
    const float y = made.y - kMiddle - scale * (source.y - kMiddle + d.shift_y);
    Distortion result = d;
    result.x0 += d.xx * x + d.xy * y;
    result.y0 += d.yx * x + d.yy * y;
    for (float* entry : {&result.xx, &result.xy, &result.yx, &result.yy}) *entry *= scale;
    return result;
}

void distort_plain(const std::uint8_t* picture, const Distortion& d, const DisplacementNoise& noise,
                   const DisplacementBasis& basis, float* out) {
    Plane plane;
    for (int y = 0; y < kInputEdge; ++y)
        for (int x = 0; x < kInputEdge; ++x) plane.set(x, y, picture[y * kInputEdge + x] / 255.0);
    const double darkest = plane.maximum();
    for (double left = std::abs(static_cast<double>(d.stroke)); left > 0; left -= 1)
        plane = change_stroke(plane, std::copysign(std::min(left, 1.0), d.stroke));
    for (double left = static_cast<double>(d.blur); left > 0; left -= 1)
        plane = blurred(plane, std::min(left, 1.0));
    const double restored = plane.maximum() > 0 ? darkest / plane.maximum() : 1;
    const double gain = restored * static_cast<double>(d.gain);
    if (!d.refit) {
        warp_plain(plane, d, noise, basis, gain, out);
        return;
    }
    std::array<float, kInputPixels> source, made;
    for (std::size_t i = 0; i < kInputPixels; ++i) source[i] = static_cast<float>(picture[i]) / 255;
    const Extent extent = extent_of(profile_plain(source));
    // Its extent is the same however it is interpolated, nearly.
    Distortion first = squared(d, extent);
    first.cubic = false;
    warp_plain(plane, first, noise, basis, gain, out);
    std::copy_n(out, kInputPixels, made.begin());
    Distortion again = refitted(first, extent, extent_of(profile_plain(made)));
    again.cubic = d.cubic;
    warp_plain(plane, again, noise, basis, gain, out);
}

}  // namespace digit
