// SPDX-License-Identifier: Apache-2.0
#include "trainer/conv_ops.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/conv_ops.cc"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "trainer/vector_ops.h"

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kLane>;
constexpr Floats kFloats;

// Calls f(index of a pooled vector, index of the first of its four), for all of them.
template <class F>
HWY_INLINE void for_pooled(int edge, int channels, F f) {
    const int half = edge / 2;
    for (int y = 0; y < half; ++y)
        for (int x = 0; x < half; ++x)
            for (int c = 0; c < channels; c += static_cast<int>(hn::Lanes(kFloats)))
                f((y * half + x) * channels + c, (2 * y * edge + 2 * x) * channels + c);
}

void Pool(const float* picture, int edge, int channels, float* pooled) {
    const int right = channels, below = edge * channels;
    for_pooled(edge, channels, [&](int to, int from) HWY_ATTR {
        const float* p = picture + from;
        const auto top = hn::Max(hn::LoadU(kFloats, p), hn::LoadU(kFloats, p + right));
        const auto bottom =
            hn::Max(hn::LoadU(kFloats, p + below), hn::LoadU(kFloats, p + below + right));
        hn::StoreU(hn::Max(top, bottom), kFloats, pooled + to);
    });
}

void PoolBackward(const float* picture, const float* pooled_gradient, int edge, int channels,
                  float* gradient) {
    const int right = channels, below = edge * channels;
    if (edge % 2 != 0) std::fill_n(gradient, edge * edge * channels, 0.0f);
    const auto zero = hn::Zero(kFloats);
    for_pooled(edge, channels, [&](int pooled, int first) HWY_ATTR {
        const int places[] = {first, first + right, first + below, first + below + right};
        auto top = zero;  // so that what is not above 0 never equals it
        for (const int place : places) top = hn::Max(top, hn::LoadU(kFloats, picture + place));
        auto d =
            hn::IfThenElseZero(hn::Gt(top, zero), hn::LoadU(kFloats, pooled_gradient + pooled));
        for (const int place : places) {
            const auto is_top = hn::Eq(hn::LoadU(kFloats, picture + place), top);
            hn::StoreU(hn::IfThenElseZero(is_top, d), kFloats, gradient + place);
            d = hn::IfThenZeroElse(is_top, d);
        }
    });
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {

HWY_EXPORT(Pool);
HWY_EXPORT(PoolBackward);

void put_into_border(const float* picture, int edge, int channels, float* bordered) {
    const std::size_t row = static_cast<std::size_t>(edge) * static_cast<std::size_t>(channels);
    const std::size_t step = row + 2 * static_cast<std::size_t>(channels);
    float* to = bordered + step + channels;
    for (int y = 0; y < edge; ++y, picture += row, to += step)
        std::memcpy(to, picture, row * sizeof(float));
}

void pool(const float* picture, int edge, int channels, float* pooled) {
    HWY_DYNAMIC_DISPATCH(Pool)(picture, edge, channels, pooled);
}

void pool_backward(const float* picture, const float* pooled_gradient, int edge, int channels,
                   float* gradient) {
    HWY_DYNAMIC_DISPATCH(PoolBackward)(picture, pooled_gradient, edge, channels, gradient);
}

}  // namespace digit
#endif  // HWY_ONCE
