// SPDX-License-Identifier: Apache-2.0
#include "trainer/vector_ops.h"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/vector_ops.cc"
#include <hwy/foreach_target.h>
//
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kLane>;
constexpr Floats kFloats;
using V = hn::Vec<Floats>;

template <Activation kActivation>
HWY_INLINE V activate(V z) {
    if constexpr (kActivation == Activation::kRelu) return hn::Max(z, hn::Zero(kFloats));
    return hn::Tanh(kFloats, z);
}

// Calls f(column) for every vector of columns, padding included.
template <class F>
HWY_INLINE void for_columns(int columns, F f) {
    for (int c = 0; c < padded(columns); c += static_cast<int>(hn::Lanes(kFloats))) f(c);
}

template <Activation kActivation>
void bias_rows(Matrix z, const float* bias) {
    for (int r = 0; r < z.rows; ++r) {
        float* row = z.data + static_cast<std::ptrdiff_t>(r) * z.stride;
        for_columns(z.columns, [&](int c) HWY_ATTR {
            const V sum = hn::Add(hn::LoadU(kFloats, row + c), hn::LoadU(kFloats, bias + c));
            hn::StoreU(activate<kActivation>(sum), kFloats, row + c);
        });
    }
}

void AddBiasAndActivate(Activation activation, Matrix z, const float* bias) {
    activation == Activation::kRelu ? bias_rows<Activation::kRelu>(z, bias)
                                    : bias_rows<Activation::kTanh>(z, bias);
}

template <Activation kActivation>
void scale_rows(ConstMatrix x, const float* scale, const float* shift, Matrix y) {
    for (int r = 0; r < x.rows; ++r) {
        const float* from = x.data + static_cast<std::ptrdiff_t>(r) * x.stride;
        float* to = y.data + static_cast<std::ptrdiff_t>(r) * y.stride;
        for_columns(x.columns, [&](int c) HWY_ATTR {
            const V z = hn::MulAdd(hn::LoadU(kFloats, from + c), hn::LoadU(kFloats, scale + c),
                                   hn::LoadU(kFloats, shift + c));
            hn::StoreU(activate<kActivation>(z), kFloats, to + c);
        });
    }
}

void ScaleAndActivate(Activation activation, ConstMatrix x, const float* scale, const float* shift,
                      Matrix y) {
    activation == Activation::kRelu ? scale_rows<Activation::kRelu>(x, scale, shift, y)
                                    : scale_rows<Activation::kTanh>(x, scale, shift, y);
}

// A kept unit is keep_scale · f(z), a dropped one exactly 0; no unit of tanh is 0 by itself but
// where z is, and there a gradient of 0 instead of 1 for one picture does no harm.
void ActivationBackward(Activation activation, ConstMatrix a, float keep_scale, Matrix d) {
    const V zero = hn::Zero(kFloats);
    const V scale = hn::Set(kFloats, keep_scale);
    const V inverse = hn::Set(kFloats, -1 / keep_scale);
    for (int r = 0; r < d.rows; ++r) {
        const float* out = a.data + static_cast<std::ptrdiff_t>(r) * a.stride;
        float* row = d.data + static_cast<std::ptrdiff_t>(r) * d.stride;
        for_columns(d.columns, [&](int c) HWY_ATTR {
            const V value = hn::LoadU(kFloats, out + c);
            const V gradient = hn::LoadU(kFloats, row + c);
            if (activation == Activation::kRelu) {
                const V kept = hn::IfThenElseZero(hn::Gt(value, zero), hn::Mul(gradient, scale));
                hn::StoreU(kept, kFloats, row + c);
                return;
            }
            // scale · (1 - (a / scale)²) = scale - a² / scale
            const V slope = hn::MulAdd(hn::Mul(value, value), inverse, scale);
            const bool drops = keep_scale > 1;
            const V product = hn::Mul(gradient, slope);
            hn::StoreU(drops ? hn::IfThenElseZero(hn::Ne(value, zero), product) : product, kFloats,
                       row + c);
        });
    }
}

// The finaliser of MurmurHash3 (Appleby) over a counter.
void DropUnits(Matrix a, float drop, std::uint32_t key, int first_column) {
    const hn::RebindToUnsigned<Floats> bits;
    const auto threshold = hn::Set(bits, static_cast<std::uint32_t>(drop * 0x1p32f));
    const V scale = hn::Set(kFloats, 1 / (1 - drop));
    const auto top = hn::Set(bits, 0x80000000u);
    for (int r = 0; r < a.rows; ++r) {
        float* row = a.data + static_cast<std::ptrdiff_t>(r) * a.stride;
        const auto row_key = hn::Set(bits, key + static_cast<std::uint32_t>(r) * 0x9e3779b1u);
        for_columns(a.columns, [&](int c) HWY_ATTR {
            auto h = hn::Iota(bits, static_cast<std::uint32_t>(first_column + c));
            h = hn::Mul(hn::Xor(h, row_key), hn::Set(bits, 0xcc9e2d51u));
            h = hn::Xor(h, hn::ShiftRight<16>(h));
            h = hn::Mul(h, hn::Set(bits, 0x85ebca6bu));
            h = hn::Xor(h, hn::ShiftRight<13>(h));
            h = hn::Mul(h, hn::Set(bits, 0xc2b2ae35u));
            h = hn::Xor(h, hn::ShiftRight<16>(h));
            // Unsigned h >= threshold, by the signed comparison that every vector unit has.
            const hn::RebindToSigned<decltype(bits)> signed_bits;
            const auto less = hn::Lt(hn::BitCast(signed_bits, hn::Xor(h, top)),
                                     hn::BitCast(signed_bits, hn::Xor(threshold, top)));
            const V value = hn::Mul(hn::LoadU(kFloats, row + c), scale);
            hn::StoreU(hn::IfThenZeroElse(hn::RebindMask(kFloats, less), value), kFloats, row + c);
        });
    }
}

void ColumnSums(ConstMatrix d, float* sums) {
    std::fill_n(sums, padded(d.columns), 0.0f);
    for (int r = 0; r < d.rows; ++r) {
        const float* row = d.data + static_cast<std::ptrdiff_t>(r) * d.stride;
        for_columns(d.columns, [&](int c) HWY_ATTR {
            hn::StoreU(hn::Add(hn::LoadU(kFloats, sums + c), hn::LoadU(kFloats, row + c)), kFloats,
                       sums + c);
        });
    }
}

void Moments(ConstMatrix z, float* mean, float* variance) {
    const V per_row = hn::Set(kFloats, 1.0f / static_cast<float>(z.rows));
    ColumnSums(z, mean);
    for_columns(z.columns, [&](int c) HWY_ATTR {
        hn::StoreU(hn::Mul(hn::LoadU(kFloats, mean + c), per_row), kFloats, mean + c);
        hn::StoreU(hn::Zero(kFloats), kFloats, variance + c);
    });
    for (int r = 0; r < z.rows; ++r) {
        const float* row = z.data + static_cast<std::ptrdiff_t>(r) * z.stride;
        for_columns(z.columns, [&](int c) HWY_ATTR {
            const V x = hn::Sub(hn::LoadU(kFloats, row + c), hn::LoadU(kFloats, mean + c));
            hn::StoreU(hn::MulAdd(x, x, hn::LoadU(kFloats, variance + c)), kFloats, variance + c);
        });
    }
    for_columns(z.columns, [&](int c) HWY_ATTR {
        hn::StoreU(hn::Mul(hn::LoadU(kFloats, variance + c), per_row), kFloats, variance + c);
    });
}

void NormaliseBy(Matrix z, const float* mean, const float* variance) {
    const V epsilon = hn::Set(kFloats, kNormEpsilon);
    for (int r = 0; r < z.rows; ++r) {
        float* row = z.data + static_cast<std::ptrdiff_t>(r) * z.stride;
        for_columns(z.columns, [&](int c) HWY_ATTR {
            const V x = hn::Sub(hn::LoadU(kFloats, row + c), hn::LoadU(kFloats, mean + c));
            const V deviation = hn::Sqrt(hn::Add(hn::LoadU(kFloats, variance + c), epsilon));
            hn::StoreU(hn::Div(x, deviation), kFloats, row + c);
        });
    }
}

void NormaliseSums(ConstMatrix x, ConstMatrix d, float* scale_gradient, float* shift_gradient) {
    ColumnSums(d, shift_gradient);
    std::fill_n(scale_gradient, padded(d.columns), 0.0f);
    for (int r = 0; r < d.rows; ++r) {
        const float* row = d.data + static_cast<std::ptrdiff_t>(r) * d.stride;
        const float* hat = x.data + static_cast<std::ptrdiff_t>(r) * x.stride;
        for_columns(d.columns, [&](int c) HWY_ATTR {
            const V sum = hn::MulAdd(hn::LoadU(kFloats, row + c), hn::LoadU(kFloats, hat + c),
                                     hn::LoadU(kFloats, scale_gradient + c));
            hn::StoreU(sum, kFloats, scale_gradient + c);
        });
    }
}

void NormaliseBackwardBy(ConstMatrix x, const float* variance, const float* scale,
                         const float* along, const float* common, Matrix d) {
    const V epsilon = hn::Set(kFloats, kNormEpsilon);
    for (int r = 0; r < d.rows; ++r) {
        float* row = d.data + static_cast<std::ptrdiff_t>(r) * d.stride;
        const float* hat = x.data + static_cast<std::ptrdiff_t>(r) * x.stride;
        for_columns(d.columns, [&](int c) HWY_ATTR {
            const V taken = hn::MulAdd(hn::LoadU(kFloats, hat + c), hn::LoadU(kFloats, along + c),
                                       hn::LoadU(kFloats, common + c));
            const V left =
                hn::MulSub(hn::LoadU(kFloats, row + c), hn::LoadU(kFloats, scale + c), taken);
            const V deviation = hn::Sqrt(hn::Add(hn::LoadU(kFloats, variance + c), epsilon));
            hn::StoreU(hn::Div(left, deviation), kFloats, row + c);
        });
    }
}

void Exponentiate(float* values, std::size_t count) {
    for (std::size_t i = 0; i < count; i += hn::Lanes(kFloats))
        hn::StoreU(hn::Exp(kFloats, hn::LoadU(kFloats, values + i)), kFloats, values + i);
}

void BytesToInput(const std::uint8_t* bytes, std::size_t count, bool centred, float* out) {
    const hn::Rebind<std::uint8_t, Floats> narrow;
    const hn::Rebind<std::int32_t, Floats> wide;
    const float unit = (centred ? 2.0f : 1.0f) / 255;
    const float offset = centred ? -1.0f : 0.0f;
    const V units = hn::Set(kFloats, unit), offsets = hn::Set(kFloats, offset);
    const std::size_t lanes = hn::Lanes(kFloats);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const auto integers = hn::PromoteTo(wide, hn::LoadU(narrow, bytes + i));
        hn::StoreU(hn::MulAdd(hn::ConvertTo(kFloats, integers), units, offsets), kFloats, out + i);
    }
    for (; i < count; ++i) out[i] = static_cast<float>(bytes[i]) * unit + offset;
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {

HWY_EXPORT(AddBiasAndActivate);
HWY_EXPORT(ScaleAndActivate);
HWY_EXPORT(ActivationBackward);
HWY_EXPORT(DropUnits);
HWY_EXPORT(ColumnSums);
HWY_EXPORT(Moments);
HWY_EXPORT(NormaliseBy);
HWY_EXPORT(NormaliseSums);
HWY_EXPORT(NormaliseBackwardBy);
HWY_EXPORT(Exponentiate);
HWY_EXPORT(BytesToInput);

void add_bias_and_activate(Activation activation, Matrix z, const float* bias) {
    HWY_DYNAMIC_DISPATCH(AddBiasAndActivate)(activation, z, bias);
}

void scale_and_activate(Activation activation, ConstMatrix normalised, const float* scale,
                        const float* shift, Matrix y) {
    HWY_DYNAMIC_DISPATCH(ScaleAndActivate)(activation, normalised, scale, shift, y);
}

void activation_backward(Activation activation, ConstMatrix a, float keep_scale, Matrix d) {
    HWY_DYNAMIC_DISPATCH(ActivationBackward)(activation, a, keep_scale, d);
}

void drop_units(Matrix a, float drop, std::uint64_t key, int first_column) {
    const auto folded = static_cast<std::uint32_t>((key * 0x9e3779b97f4a7c15) >> 32);
    HWY_DYNAMIC_DISPATCH(DropUnits)(a, drop, folded, first_column);
}

void column_sums(ConstMatrix d, float* sums) { HWY_DYNAMIC_DISPATCH(ColumnSums)(d, sums); }

void moments(ConstMatrix z, float* mean, float* variance) {
    HWY_DYNAMIC_DISPATCH(Moments)(z, mean, variance);
}

void normalise_by(const float* mean, const float* variance, Matrix z) {
    HWY_DYNAMIC_DISPATCH(NormaliseBy)(z, mean, variance);
}

void normalise(Matrix z, float* mean, float* variance) {
    moments(z, mean, variance);
    normalise_by(mean, variance, z);
}

void normalise_sums(ConstMatrix normalised, ConstMatrix d, float* scale_gradient,
                    float* shift_gradient) {
    HWY_DYNAMIC_DISPATCH(NormaliseSums)(normalised, d, scale_gradient, shift_gradient);
}

void normalise_backward_by(ConstMatrix normalised, const float* variance, const float* scale,
                           const float* along, const float* common, Matrix d) {
    HWY_DYNAMIC_DISPATCH(NormaliseBackwardBy)(normalised, variance, scale, along, common, d);
}

void normalise_backward(ConstMatrix normalised, const float* variance, const float* scale, Matrix d,
                        float* scale_gradient, float* shift_gradient) {
    normalise_sums(normalised, d, scale_gradient, shift_gradient);
    const auto columns = static_cast<std::size_t>(padded(d.columns));
    std::vector<float> along(columns), common(columns);
    for (std::size_t c = 0; c < columns; ++c) {
        const float factor = scale[c] / static_cast<float>(d.rows);
        along[c] = factor * scale_gradient[c];
        common[c] = factor * shift_gradient[c];
    }
    normalise_backward_by(normalised, variance, scale, along.data(), common.data(), d);
}

void exponentiate(float* values, std::size_t count) {
    HWY_DYNAMIC_DISPATCH(Exponentiate)(values, count);
}

void bytes_to_input(std::span<const std::uint8_t> bytes, bool centred, float* out) {
    HWY_DYNAMIC_DISPATCH(BytesToInput)(bytes.data(), bytes.size(), centred, out);
}

}  // namespace digit
#endif  // HWY_ONCE
