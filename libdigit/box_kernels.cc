// SPDX-License-Identifier: Apache-2.0
#include "libdigit/box_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "libdigit/box_kernels.cc"
#include <hwy/foreach_target.h>  // compiles this file once for every vector unit
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// No wider than the planes' rows are padded for.
using Floats = hn::CappedTag<float, FloatPlane::kLanes>;
using Ints = hn::Rebind<std::int32_t, Floats>;
using Bytes = hn::Rebind<std::uint8_t, Floats>;
using Doubles = hn::CappedTag<double, FloatPlane::kLanes / 2>;
using HalfFloats = hn::Rebind<float, Doubles>;

// The widest box: MNIST's, in whole vectors.
constexpr std::size_t kBoxStride = 32;

void FillPlane(std::span<const std::uint8_t> ink, FloatPlane& plane) {
    const Floats d;
    const auto most = hn::Set(d, 255.0f);
    const auto width = static_cast<std::size_t>(plane.width);
    const std::size_t lanes = hn::Lanes(d);
    const std::uint8_t* from = ink.data();
    for (int y = 0; y < plane.height; ++y, from += width) {
        float* to = plane.row(y);
        std::size_t x = 0;
        for (; x + lanes <= width; x += lanes) {
            const auto level = hn::PromoteTo(Ints(), hn::LoadU(Bytes(), from + x));
            hn::StoreU(hn::Div(hn::ConvertTo(d, level), most), d, to + x);
        }
        for (; x < width; ++x) to[x] = static_cast<float>(from[x]) / 255.0f;
    }
}

float StrokeWidth(const FloatPlane& plane) {
    const Doubles dd;
    const HalfFloats df;
    const std::size_t lanes = hn::Lanes(dd);
    auto area = hn::Zero(dd);
    auto outline = hn::Zero(dd);
    double edge = 0;
    for (int y = 0; y < plane.height; ++y) {
        const float* row = plane.row(y);
        const float* below = row + plane.stride;
        // What lies beyond the width is zero, and so is its outline.
        for (std::size_t x = 0; x < static_cast<std::size_t>(plane.width); x += lanes) {
            const auto ink = hn::LoadU(df, row + x);
            const auto across = hn::PromoteTo(dd, hn::Sub(ink, hn::LoadU(df, row + x + 1)));
            const auto down = hn::PromoteTo(dd, hn::Sub(ink, hn::LoadU(df, below + x)));
            const auto square = hn::Add(hn::Mul(across, across), hn::Mul(down, down));
            area = hn::Add(area, hn::PromoteTo(dd, ink));
            const auto length = hn::DemoteTo(df, hn::Sqrt(square));
            outline = hn::Add(outline, hn::PromoteTo(dd, length));
        }
        edge += static_cast<double>(row[0]);
    }
    for (int x = 0; x < plane.width; ++x) edge += static_cast<double>(plane.row(0)[x]);
    const double around = hn::GetLane(hn::SumOfLanes(dd, outline)) + edge;
    return around > 0 ? static_cast<float>(2 * hn::GetLane(hn::SumOfLanes(dd, area)) / around)
                      : 0.0f;
}

void Raise(const FloatPlane& ink, float strength, int x, int y, FloatPlane& plane) {
    const Floats d;
    const auto times = hn::Set(d, strength);
    for (int row = 0; row < ink.height; ++row) {
        const float* from = ink.row(row);
        float* to = plane.row(y + row) + x;
        for (std::size_t i = 0; i < static_cast<std::size_t>(ink.width); i += hn::Lanes(d)) {
            const auto raised = hn::Mul(times, hn::LoadU(d, from + i));
            hn::StoreU(hn::Max(hn::LoadU(d, to + i), raised), d, to + i);
        }
    }
}

// Each row of `across` is the row of `from` times a matrix of its columns' shares in the box's,
// most of which are zero: for rows of 20 that is faster than gathering.
void ResampleToBox(const FloatPlane& from, const Cover& columns, const Cover& rows,
                   FloatPlane& to) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    const auto width = static_cast<std::size_t>(to.width);
    ScratchVector<float> share(static_cast<std::size_t>(from.width) * kBoxStride);
    const float* weight = columns.weight.data();
    for (std::size_t x = 0; x < width; ++x)
        for (std::size_t i = 0; i < columns.taps; ++i)
            share[(static_cast<std::size_t>(columns.first[x]) + i) * kBoxStride + x] = *weight++;

    ScratchVector<float> across(static_cast<std::size_t>(from.height) * kBoxStride);
    for (int y = 0; y < from.height; ++y) {
        const float* row = from.row(y);
        float* out = across.data() + static_cast<std::size_t>(y) * kBoxStride;
        for (std::size_t o = 0; o < width; o += lanes) {
            auto sum = hn::Zero(d);
            const float* shares = share.data() + o;
            for (int x = 0; x < from.width; ++x, shares += kBoxStride)
                sum = hn::Add(sum, hn::Mul(hn::Set(d, row[x]), hn::LoadU(d, shares)));
            hn::StoreU(sum, d, out + o);
        }
    }
    weight = rows.weight.data();
    for (int y = 0; y < to.height; ++y, weight += rows.taps) {
        const float* in =
            across.data() +
            static_cast<std::size_t>(rows.first[static_cast<std::size_t>(y)]) * kBoxStride;
        for (std::size_t o = 0; o < width; o += lanes) {
            auto sum = hn::Zero(d);
            for (std::size_t i = 0; i < rows.taps; ++i)
                sum = hn::Add(
                    sum, hn::Mul(hn::Set(d, weight[i]), hn::LoadU(d, in + i * kBoxStride + o)));
            hn::StoreU(sum, d, to.row(y) + o);
        }
    }
}

Moments MomentsOf(const FloatPlane& plane) {
    const Doubles dd;
    const HalfFloats df;
    const std::size_t lanes = hn::Lanes(dd);
    HWY_ALIGN double columns[kBoxStride] = {};
    Moments moments;
    auto peak = hn::Zero(df);
    for (int y = 0; y < plane.height; ++y) {
        const float* row = plane.row(y);
        auto row_mass = hn::Zero(dd);
        for (std::size_t x = 0; x < static_cast<std::size_t>(plane.width); x += lanes) {
            const auto ink = hn::LoadU(df, row + x);
            peak = hn::Max(peak, ink);
            const auto exact = hn::PromoteTo(dd, ink);
            hn::Store(hn::Add(hn::Load(dd, columns + x), exact), dd, columns + x);
            row_mass = hn::Add(row_mass, exact);
        }
        const double mass = hn::GetLane(hn::SumOfLanes(dd, row_mass));
        moments.mass += mass;
        moments.y += mass * (y + 0.5);
    }
    for (int x = 0; x < plane.width; ++x) moments.x += columns[x] * (x + 0.5);
    moments.peak = hn::GetLane(hn::MaxOfLanes(df, peak));
    return moments;
}

void PutInPicture(const FloatPlane& plane, float gain, int left, int top,
                  std::array<std::uint8_t, kInputPixels>& picture) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    std::uint8_t* to = picture.data() + top * kInputEdge + left;
    for (int y = 0; y < plane.height; ++y, to += kInputEdge) {
        const float* row = plane.row(y);
        std::uint8_t made[kBoxStride];
        for (std::size_t x = 0; x < static_cast<std::size_t>(plane.width); x += lanes) {
            const auto level =
                hn::Add(hn::Mul(hn::LoadU(d, row + x), hn::Set(d, gain)), hn::Set(d, 0.5f));
            const auto whole = hn::ConvertTo(Ints(), hn::Min(level, hn::Set(d, 255.0f)));
            hn::StoreU(hn::DemoteTo(Bytes(), whole), Bytes(), made + x);
        }
        std::copy_n(made, plane.width, to);
    }
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {
namespace {

HWY_EXPORT(FillPlane);
HWY_EXPORT(StrokeWidth);
HWY_EXPORT(Raise);
HWY_EXPORT(ResampleToBox);
HWY_EXPORT(MomentsOf);
HWY_EXPORT(PutInPicture);

}  // namespace

void fill_plane(std::span<const std::uint8_t> ink, FloatPlane& plane) {
    HWY_DYNAMIC_DISPATCH(FillPlane)(ink, plane);
}

float stroke_width(const FloatPlane& plane) { return HWY_DYNAMIC_DISPATCH(StrokeWidth)(plane); }

void raise(const FloatPlane& ink, float strength, int x, int y, FloatPlane& plane) {
    HWY_DYNAMIC_DISPATCH(Raise)(ink, strength, x, y, plane);
}

void resample_to_box(const FloatPlane& from, const Cover& columns, const Cover& rows,
                     FloatPlane& to) {
    HWY_DYNAMIC_DISPATCH(ResampleToBox)(from, columns, rows, to);
}

Moments moments_of(const FloatPlane& plane) { return HWY_DYNAMIC_DISPATCH(MomentsOf)(plane); }

void put_in_picture(const FloatPlane& plane, float gain, int left, int top,
                    std::array<std::uint8_t, kInputPixels>& picture) {
    HWY_DYNAMIC_DISPATCH(PutInPicture)(plane, gain, left, top, picture);
}

}  // namespace digit
#endif  // HWY_ONCE
