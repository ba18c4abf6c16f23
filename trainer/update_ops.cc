// SPDX-License-Identifier: Apache-2.0
#include "trainer/update_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/update_ops.cc"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
constexpr Floats kFloats;
using V = hn::Vec<Floats>;

// Calls f(i, mask) for every vector of `count` floats; the last mask may be partial.
template <class F>
HWY_INLINE void for_flat(std::size_t count, F f) {
    const std::size_t lanes = hn::Lanes(kFloats);
    std::size_t i = 0;
    const auto all = hn::FirstN(kFloats, lanes);
    for (; i + lanes <= count; i += lanes) f(i, all);
    if (i < count) f(i, hn::FirstN(kFloats, count - i));
}

void SgdUpdate(const SgdStep& step, std::size_t count, float* w, float* velocity) {
    const V decay = hn::Set(kFloats, step.decay);
    const V rate = hn::Set(kFloats, -step.rate);
    for_flat(count, [&](std::size_t i, auto mask) HWY_ATTR {
        const V weight = hn::MaskedLoad(mask, kFloats, w + i);
        V v = hn::MaskedLoad(mask, kFloats, velocity + i);
        if (step.decay != 0) {
            v = hn::MulAdd(weight, decay, v);
            hn::BlendedStore(v, mask, kFloats, velocity + i);
        }
        hn::BlendedStore(hn::MulAdd(v, rate, weight), mask, kFloats, w + i);
    });
}

void ScaleAndAdd(float factor, const float* b, std::size_t count, float* a) {
    const V scale = hn::Set(kFloats, factor);
    for_flat(count, [&](std::size_t i, auto mask) HWY_ATTR {
        const V sum = hn::MulAdd(hn::MaskedLoad(mask, kFloats, a + i), scale,
                                 hn::MaskedLoad(mask, kFloats, b + i));
        hn::BlendedStore(sum, mask, kFloats, a + i);
    });
}

void AdamwUpdate(const AdamStep& step, const float* gradient, std::size_t count, float* w,
                 float* first, float* second) {
    const V new1 = hn::Set(kFloats, 1 - step.beta1), old1 = hn::Set(kFloats, step.beta1);
    const V new2 = hn::Set(kFloats, 1 - step.beta2), old2 = hn::Set(kFloats, step.beta2);
    const V correct2 = hn::Set(kFloats, step.second_scale);
    const V epsilon = hn::Set(kFloats, step.epsilon);
    const V rate = hn::Set(kFloats, step.rate);
    const V keep = hn::Set(kFloats, 1 - step.shrink);
    for_flat(count, [&](std::size_t i, auto mask) HWY_ATTR {
        const V g = hn::MaskedLoad(mask, kFloats, gradient + i);
        const V m = hn::MulAdd(hn::MaskedLoad(mask, kFloats, first + i), old1, hn::Mul(g, new1));
        const V v = hn::MulAdd(hn::MaskedLoad(mask, kFloats, second + i), old2,
                               hn::Mul(hn::Mul(g, g), new2));
        hn::BlendedStore(m, mask, kFloats, first + i);
        hn::BlendedStore(v, mask, kFloats, second + i);
        const V size = hn::Add(hn::Sqrt(hn::Mul(v, correct2)), epsilon);
        const V kept = hn::Mul(hn::MaskedLoad(mask, kFloats, w + i), keep);
        hn::BlendedStore(hn::NegMulAdd(rate, hn::Div(m, size), kept), mask, kFloats, w + i);
    });
}

void AverageUpdate(float keep, const float* w, std::size_t count, float* average) {
    const V step = hn::Set(kFloats, 1 - keep);
    for_flat(count, [&](std::size_t i, auto mask) HWY_ATTR {
        const V old = hn::MaskedLoad(mask, kFloats, average + i);
        const V difference = hn::Sub(hn::MaskedLoad(mask, kFloats, w + i), old);
        hn::BlendedStore(hn::MulAdd(difference, step, old), mask, kFloats, average + i);
    });
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {

HWY_EXPORT(SgdUpdate);
HWY_EXPORT(ScaleAndAdd);
HWY_EXPORT(AdamwUpdate);
HWY_EXPORT(AverageUpdate);

void sgd_update(const SgdStep& step, std::size_t count, float* w, float* velocity) {
    HWY_DYNAMIC_DISPATCH(SgdUpdate)(step, count, w, velocity);
}

void scale_and_add(float factor, const float* b, std::size_t count, float* a) {
    HWY_DYNAMIC_DISPATCH(ScaleAndAdd)(factor, b, count, a);
}

void adamw_update(const AdamStep& step, const float* gradient, std::size_t count, float* w,
                  float* first, float* second) {
    HWY_DYNAMIC_DISPATCH(AdamwUpdate)(step, gradient, count, w, first, second);
}

void average_update(float keep, const float* w, std::size_t count, float* average) {
    HWY_DYNAMIC_DISPATCH(AverageUpdate)(keep, w, count, average);
}

}  // namespace digit
#endif  // HWY_ONCE
