// SPDX-License-Identifier: Apache-2.0
#include "trainer/augment_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/augment_kernel.cc"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
constexpr Floats kFloats;
using V = hn::Vec<Floats>;

// The picture with a border of zeros two pixels wide, so that a sample just outside of it needs no
// special case; and more than a row besides, for loads that reach past the first and the last one.
constexpr int kBorder = 2;
constexpr int kStride = kInputEdge + 2 * kBorder;
constexpr int kSlack = 48;
constexpr int kPlane = kStride * kStride + 2 * kSlack;
constexpr int kOrigin = kSlack + kBorder * kStride + kBorder;

struct alignas(64) Plane {
    float data[kPlane];
    float* row(int y) { return data + kOrigin + y * kStride; }
    const float* row(int y) const { return data + kOrigin + y * kStride; }
};

// Calls f(x, y, mask) for every vector of every row of the picture.
template <class F>
HWY_INLINE void for_pixels(F f) {
    const int lanes = static_cast<int>(hn::Lanes(kFloats));
    for (int y = 0; y < kInputEdge; ++y)
        for (int x = 0; x < kInputEdge; x += lanes)
            f(x, y, hn::FirstN(kFloats, static_cast<std::size_t>(std::min(lanes, kInputEdge - x))));
}

HWY_INLINE void load(const std::uint8_t* picture, Plane& plane) {
    // As floats first, so that whole vectors can be converted at a time.
    alignas(64) float flat[kInputPixels];
    const hn::Rebind<std::uint8_t, Floats> narrow;
    const hn::Rebind<std::int32_t, Floats> wide;
    const V unit = hn::Set(kFloats, 1.0f / 255);
    for (std::size_t i = 0; i < kInputPixels; i += hn::Lanes(kFloats)) {
        const auto integers = hn::PromoteTo(wide, hn::LoadU(narrow, picture + i));
        hn::Store(hn::Mul(hn::ConvertTo(kFloats, integers), unit), kFloats, flat + i);
    }
    std::memset(plane.data, 0, sizeof plane.data);
    for (int y = 0; y < kInputEdge; ++y)
        std::memcpy(plane.row(y), flat + y * kInputEdge, kInputEdge * sizeof(float));
}

HWY_INLINE float maximum(const Plane& plane) {
    V most = hn::Zero(kFloats);
    for (int i = 0; i < kPlane; i += static_cast<int>(hn::Lanes(kFloats)))
        most = hn::Max(most, hn::Load(kFloats, plane.data + i));
    return hn::GetLane(hn::MaxOfLanes(kFloats, most));
}

// Towards the largest (pixels > 0) or smallest (< 0) of a pixel and its four neighbours.
HWY_INLINE void change_stroke(const Plane& in, float pixels, Plane& out) {
    const V part = hn::Set(kFloats, std::abs(pixels));
    for_pixels([&](int x, int y, auto mask) HWY_ATTR {
        const float* p = in.row(y) + x;
        const V here = hn::LoadU(kFloats, p);
        const V left = hn::LoadU(kFloats, p - 1), right = hn::LoadU(kFloats, p + 1);
        const V above = hn::LoadU(kFloats, p - kStride), below = hn::LoadU(kFloats, p + kStride);
        const V moved = pixels > 0
                            ? hn::Max(here, hn::Max(hn::Max(left, right), hn::Max(above, below)))
                            : hn::Min(here, hn::Min(hn::Min(left, right), hn::Min(above, below)));
        hn::BlendedStore(hn::MulAdd(hn::Sub(moved, here), part, here), mask, kFloats,
                         out.row(y) + x);
    });
}

HWY_INLINE V row_blur(const float* p) {
    const V sides = hn::Add(hn::LoadU(kFloats, p - 1), hn::LoadU(kFloats, p + 1));
    return hn::MulAdd(hn::LoadU(kFloats, p), hn::Set(kFloats, 2), sides);
}

HWY_INLINE void blur(const Plane& in, float amount, Plane& out) {
    const V part = hn::Set(kFloats, amount);
    const V sixteenth = hn::Set(kFloats, 1.0f / 16);
    for_pixels([&](int x, int y, auto mask) HWY_ATTR {
        const float* p = in.row(y) + x;
        const V here = hn::LoadU(kFloats, p);
        const V outer = hn::Add(row_blur(p - kStride), row_blur(p + kStride));
        const V sum = hn::MulAdd(row_blur(p), hn::Set(kFloats, 2), outer);
        const V difference = hn::MulSub(sum, sixteenth, here);
        hn::BlendedStore(hn::MulAdd(difference, part, here), mask, kFloats, out.row(y) + x);
    });
}

// One axis of a displacement field, halfway: rows[k] = amplitude · Σ_j C[k][j] · basis row j.
struct alignas(64) HalfField {
    float rows[kMaxRank * DisplacementBasis::kStride];
};

HWY_INLINE void expand(const float* coefficients, float amplitude, const DisplacementBasis& basis,
                       HalfField& half) {
    constexpr int kFieldStride = DisplacementBasis::kStride;
    const int rank = basis.rank();
    for (int k = 0; k < rank; ++k)
        for (int x = 0; x < kFieldStride; x += static_cast<int>(hn::Lanes(kFloats))) {
            V sum = hn::Zero(kFloats);
            for (int j = 0; j < rank; ++j)
                sum = hn::MulAdd(hn::Set(kFloats, coefficients[k * rank + j]),
                                 hn::Load(kFloats, basis.rows() + j * kFieldStride + x), sum);
            hn::Store(hn::Mul(sum, hn::Set(kFloats, amplitude)), kFloats,
                      half.rows + k * kFieldStride + x);
        }
}

// Source coordinate to the index of the pixel at or before it, and the rest. Coordinates far
// outside are drawn in to where all four neighbours are border.
HWY_INLINE auto split(V coordinate, V& rest) {
    const hn::Rebind<std::int32_t, Floats> integers;
    const V clamped = hn::Clamp(coordinate, hn::Set(kFloats, 0.0f),
                                hn::Set(kFloats, static_cast<float>(kStride - kBorder)));
    const auto whole = hn::ConvertTo(integers, clamped);
    rest = hn::Sub(clamped, hn::ConvertTo(kFloats, whole));
    return whole;
}

HWY_INLINE V sample(const Plane& plane, V x, V y) {
    V fx, fy;
    const auto column = split(x, fx);
    const auto row = split(y, fy);
    const auto index = hn::Add(hn::ShiftLeft<5>(row), column);
    static_assert(kStride == 32);
    const float* base = plane.data + kSlack;
    const V p00 = hn::GatherIndex(kFloats, base, index);
    const V p01 = hn::GatherIndex(kFloats, base + 1, index);
    const V p10 = hn::GatherIndex(kFloats, base + kStride, index);
    const V p11 = hn::GatherIndex(kFloats, base + kStride + 1, index);
    const V above = hn::MulAdd(hn::Sub(p01, p00), fx, p00);
    const V below = hn::MulAdd(hn::Sub(p11, p10), fx, p10);
    return hn::MulAdd(hn::Sub(below, above), fy, above);
}

// As in augment_plain.cc.
HWY_INLINE V cubic(V before, V left, V right, V after, V t) {
    const V half = hn::Set(kFloats, 0.5f);
    const V third =
        hn::MulAdd(hn::Sub(left, right), hn::Set(kFloats, 3.0f), hn::Sub(after, before));
    const V second = hn::Sub(hn::MulAdd(right, hn::Set(kFloats, 4.0f), hn::Add(before, before)),
                             hn::MulAdd(left, hn::Set(kFloats, 5.0f), after));
    const V slope = hn::MulAdd(hn::MulAdd(third, t, second), t, hn::Sub(right, before));
    return hn::MulAdd(hn::Mul(slope, t), half, left);
}

HWY_INLINE V sample_cubic(const Plane& plane, V x, V y) {
    V fx, fy;
    const auto column = split(x, fx);
    const auto row = split(y, fy);
    const auto index = hn::Add(hn::ShiftLeft<5>(row), column);
    const auto across = [&](int dy) HWY_ATTR {
        const float* base = plane.data + kSlack + dy * kStride;
        return cubic(hn::GatherIndex(kFloats, base - 1, index),
                     hn::GatherIndex(kFloats, base, index),
                     hn::GatherIndex(kFloats, base + 1, index),
                     hn::GatherIndex(kFloats, base + 2, index), fx);
    };
    return cubic(across(-1), across(0), across(1), across(2), fy);
}

// Where samples may meet ink, in the plane's coordinates; elsewhere they are zero.
struct InkBounds {
    float left, right, top, bottom;

    // profile: of the picture before its strokes were widened or blurred by `grown` pixels at most.
    InkBounds(const Profile& profile, int grown) {
        const int reach = 2 + grown;  // of cubics
        const auto first = [reach](const float* most) {
            const float* ink =
                std::find_if(most, most + kInputEdge, [](float m) { return m != 0; });
            return static_cast<float>(ink - most + kBorder - reach);
        };
        const auto last = [reach](const float* most) {
            int i = kInputEdge - 1;
            while (i > 0 && most[i] == 0) --i;
            return static_cast<float>(i + kBorder + reach);
        };
        left = first(profile.columns);
        right = last(profile.columns);
        top = first(profile.rows);
        bottom = last(profile.rows);
    }

    HWY_INLINE bool miss(V x, V y) const {
        const auto inside =
            hn::And(hn::And(hn::Ge(x, hn::Set(kFloats, left)), hn::Le(x, hn::Set(kFloats, right))),
                    hn::And(hn::Ge(y, hn::Set(kFloats, top)), hn::Le(y, hn::Set(kFloats, bottom))));
        return hn::AllFalse(kFloats, inside);
    }
};

HWY_INLINE void warp(const Plane& plane, const InkBounds& bounds, const Distortion& d,
                     const DisplacementNoise& noise, const DisplacementBasis& basis, float gain,
                     float* out) {
    const int rank = d.elastic > 0 ? basis.rank() : 0;
    HalfField half_x, half_y;
    if (rank > 0) {
        expand(noise.x.data(), d.elastic, basis, half_x);
        expand(noise.y.data(), d.elastic, basis, half_y);
    }
    constexpr float kCentre = (kInputEdge - 1) / 2.0f;
    const V gains = hn::Set(kFloats, gain), one = hn::Set(kFloats, 1.0f);
    const V zero = hn::Zero(kFloats);
    for_pixels([&](int x, int y, auto mask) HWY_ATTR {
        const float v = static_cast<float>(y) - kCentre;
        const V u = hn::Iota(kFloats, static_cast<float>(x) - kCentre);
        V sx = hn::MulAdd(u, hn::Set(kFloats, d.xx),
                          hn::Set(kFloats, d.xy * v + d.x0 + kCentre + kBorder));
        V sy = hn::MulAdd(u, hn::Set(kFloats, d.yx),
                          hn::Set(kFloats, d.yy * v + d.y0 + kCentre + kBorder));
        for (int k = 0; k < rank; ++k) {
            const V weight = hn::Set(kFloats, basis.rows()[k * DisplacementBasis::kStride + y]);
            const int at = k * DisplacementBasis::kStride + x;
            sx = hn::MulAdd(weight, hn::Load(kFloats, half_x.rows + at), sx);
            sy = hn::MulAdd(weight, hn::Load(kFloats, half_y.rows + at), sy);
        }
        if (bounds.miss(sx, sy)) {
            hn::BlendedStore(zero, mask, kFloats, out + y * kInputEdge + x);
            return;
        }
        const V sampled =
            d.cubic ? hn::Max(sample_cubic(plane, sx, sy), zero) : sample(plane, sx, sy);
        const V ink = hn::Min(hn::Mul(sampled, gains), one);
        hn::BlendedStore(ink, mask, kFloats, out + y * kInputEdge + x);
    });
}

// The rows of a picture, `stride` floats apart, with readable floats up to a multiple of the vector
// beyond each.
HWY_INLINE Profile profile_of(const float* pixels, int stride) {
    Profile profile;
    V mass = hn::Zero(kFloats), x_mass = hn::Zero(kFloats), y_mass = hn::Zero(kFloats);
    const int lanes = static_cast<int>(hn::Lanes(kFloats));
    V most = hn::Zero(kFloats);
    for_pixels([&](int x, int y, auto mask) HWY_ATTR {
        const V ink = hn::IfThenElseZero(mask, hn::LoadU(kFloats, pixels + y * stride + x));
        float* column = profile.columns + x;
        hn::StoreU(hn::Max(hn::LoadU(kFloats, column), ink), kFloats, column);
        most = x == 0 ? ink : hn::Max(most, ink);
        if (x + lanes >= kInputEdge) profile.rows[y] = hn::GetLane(hn::MaxOfLanes(kFloats, most));
        mass = hn::Add(mass, ink);
        x_mass = hn::MulAdd(ink, hn::Iota(kFloats, static_cast<float>(x) + 0.5f), x_mass);
        y_mass = hn::MulAdd(ink, hn::Set(kFloats, static_cast<float>(y) + 0.5f), y_mass);
    });
    profile.mass = hn::GetLane(hn::SumOfLanes(kFloats, mass));
    profile.x_mass = hn::GetLane(hn::SumOfLanes(kFloats, x_mass));
    profile.y_mass = hn::GetLane(hn::SumOfLanes(kFloats, y_mass));
    return profile;
}

void Distort(const std::uint8_t* picture, const Distortion& d, const DisplacementNoise& noise,
             const DisplacementBasis& basis, float* out) {
    Plane planes[2];
    int current = 0;
    load(picture, planes[0]);
    std::memset(planes[1].data, 0, sizeof planes[1].data);
    const Profile profile = profile_of(planes[0].row(0), kStride);
    const Extent source = d.refit ? extent_of(profile) : Extent{};
    const bool redrawn = d.stroke != 0 || d.blur > 0;
    const float darkest = redrawn ? maximum(planes[0]) : 0;
    for (float left = std::abs(d.stroke); left > 0; left -= 1) {
        change_stroke(planes[current], std::copysign(std::min(left, 1.0f), d.stroke),
                      planes[1 - current]);
        current = 1 - current;
    }
    for (float left = d.blur; left > 0; left -= 1) {
        blur(planes[current], std::min(left, 1.0f), planes[1 - current]);
        current = 1 - current;
    }
    const InkBounds bounds(profile,
                           static_cast<int>(std::ceil(std::abs(d.stroke)) + std::ceil(d.blur)));
    const float left = redrawn ? maximum(planes[current]) : 0;
    const float restored = left > 0 ? darkest / left : 1;
    const float gain = restored * d.gain;
    if (!d.refit) {
        warp(planes[current], bounds, d, noise, basis, gain, out);
        return;
    }
    // Vectors may be read beyond the last row.
    alignas(64) float made[kInputPixels + 16];
    Distortion first = squared(d, source);
    first.cubic = false;
    warp(planes[current], bounds, first, noise, basis, gain, made);
    Distortion again = refitted(first, source, extent_of(profile_of(made, kInputEdge)));
    again.cubic = d.cubic;
    warp(planes[current], bounds, again, noise, basis, gain, out);
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {

HWY_EXPORT(Distort);

void distort(const std::uint8_t* picture, const Distortion& distortion,
             const DisplacementNoise& noise, const DisplacementBasis& basis, float* out) {
    HWY_DYNAMIC_DISPATCH(Distort)(picture, distortion, noise, basis, out);
}

}  // namespace digit
#endif  // HWY_ONCE
