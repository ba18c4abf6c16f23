// SPDX-License-Identifier: Apache-2.0
#include "libdigit/network.h"

#define HWY_WANT_AVX3_DL  // AVX-512 with VNNI, as a vector unit of its own
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "libdigit/network.cc"
#include <hwy/foreach_target.h>  // compiles this file once for every vector unit
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "libdigit/forward_scratch.h"
#include "libdigit/frame.h"
#include "libdigit/weigh_rows-inl.h"
#include "libdigit/weigh_windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;  // 784 pixels are so many times 49
using Words = hn::Repartition<std::uint32_t, Floats>;
using Bytes = hn::Rebind<std::uint8_t, Floats>;
using Ints = hn::Repartition<std::int32_t, Floats>;

// Lists the inputs whose 16-bit code is not zero. code_at(i): the codes of the inputs from i on;
// of what finite weights that overflow make of them, only 16 bits are taken, so that rows stay
// rows. Without a branch for each input: whether a pixel is ink cannot be predicted. kLow: whether
// the codes' low bytes are asked for.
#if HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_AVX3  // which compress in one instruction
template <bool kLow, class CodeAt>
HWY_INLINE void find_active(int inputs, const CodeAt& code_at, ForwardScratch& scratch) {
    const Words d;
    const Ints di;
    const Bytes db;
    const std::size_t lanes = hn::Lanes(d);
    const auto count = static_cast<std::size_t>(inputs);
    const auto byte = hn::Set(d, 255u);
    std::uint32_t* to_rows = scratch.rows.data() + scratch.first;
    std::uint8_t* high = scratch.high.data() + scratch.first;
    std::uint8_t* low = scratch.low.data() + scratch.first;
    std::uint32_t* marks = scratch.own_marks();
    static_assert(hn::MaxLanes(d) == ForwardScratch::kMark);
    std::size_t active = 0;
    auto rows = hn::Iota(d, 0u);
    for (std::size_t i = 0; i < count; i += lanes) {
        *marks++ = static_cast<std::uint32_t>(active);
        const auto codes = hn::And(code_at(i), hn::Set(d, 65535u));
        const auto some =
            hn::And(hn::Ne(codes, hn::Zero(d)), hn::FirstN(d, std::min(lanes, count - i)));
        // Row and code travel together: 16 bits each.
        const auto kept = hn::Compress(hn::Or(hn::ShiftLeft<16>(rows), codes), some);
        const auto store = [&](hn::Vec<Words> bytes, std::uint8_t* to) HWY_ATTR {
            hn::StoreU(hn::DemoteTo(db, hn::BitCast(di, hn::And(bytes, byte))), db, to + active);
        };
        hn::StoreU(hn::ShiftRight<16>(kept), d, to_rows + active);
        store(hn::ShiftRight<8>(kept), high);
        if (kLow) store(kept, low);
        active += hn::CountTrue(d, some);
        rows = hn::Add(rows, hn::Set(d, static_cast<std::uint32_t>(lanes)));
    }
    *marks = static_cast<std::uint32_t>(active);
    scratch.finish_active(active);
}
#else  // which Highway compresses by a table, one that GCC copies for each vector
template <bool kLow, class CodeAt>
HWY_INLINE void find_active(int inputs, const CodeAt& code_at, ForwardScratch& scratch) {
    constexpr std::size_t kAtOnce = 64;
    const Words d;
    const std::size_t lanes = hn::Lanes(d);
    const auto count = static_cast<std::size_t>(inputs);
    std::uint32_t* HWY_RESTRICT rows = scratch.rows.data() + scratch.first;
    std::uint8_t* HWY_RESTRICT high = scratch.high.data() + scratch.first;
    std::uint8_t* HWY_RESTRICT low = scratch.low.data() + scratch.first;
    std::uint32_t* HWY_RESTRICT marks = scratch.own_marks();
    std::size_t active = 0;
    for (std::size_t first = 0; first < count; first += kAtOnce) {
        const std::size_t number = std::min(kAtOnce, count - first);
        std::uint32_t codes[kAtOnce];
        std::uint64_t some = 0;  // bit j: of input first + j
        for (std::size_t j = 0; j < number; j += lanes) {
            const auto code = hn::And(code_at(first + j), hn::Set(d, 65535u));
            hn::StoreU(code, d, codes + j);
            std::uint8_t bytes[8] = {};
            std::uint64_t bits;
            hn::StoreMaskBits(d, hn::Ne(code, hn::Zero(d)), bytes);
            std::memcpy(&bits, bytes, sizeof bits);
            some |= bits << j;
        }
        if (number < kAtOnce) some &= (std::uint64_t{1} << number) - 1;
        for (std::size_t j = 0; j < number; j += ForwardScratch::kMark)
            *marks++ = static_cast<std::uint32_t>(
                active +
                static_cast<std::size_t>(std::popcount(some & ((std::uint64_t{1} << j) - 1))));
        for (; some != 0; some &= some - 1) {
            const auto j = static_cast<std::size_t>(std::countr_zero(some));
            rows[active] = static_cast<std::uint32_t>(first + j);
            high[active] = static_cast<std::uint8_t>(codes[j] >> 8);
            if (kLow) low[active] = static_cast<std::uint8_t>(codes[j]);
            ++active;
        }
    }
    *marks = static_cast<std::uint32_t>(active);
    scratch.finish_active(active);
}
#endif

// outputs = unit × scale × (weighted codes) + bias, and the largest of them. kFine: with the low
// bytes of codes and weights; of their product, less than 1/65536, nothing is kept.
// pixels: of the first layer, which has no low bytes of codes; else null.
template <bool kFine>
HWY_INLINE float dense(const Model::Layer& layer, const std::uint8_t* pixels, float unit,
                       ForwardScratch& scratch) {
    const auto stride = static_cast<std::size_t>(layer.stride);
    std::int32_t* sums = scratch.sums.data();
    const std::uint32_t* rows = scratch.rows.data() + scratch.first;
    const std::uint8_t* high = scratch.high.data() + scratch.first;
    const std::uint8_t* low = scratch.low.data() + scratch.first;
    const bool low_weights = kFine && layer.low != nullptr;
    if (pixels == nullptr && !layer.windows.empty()) {
        weigh_windows_of_units<kFine>(layer, scratch, sums);
    } else if (!kFine && pixels == nullptr) {
        weigh_coarse_rows(layer.high, stride, rows, high, scratch.active, sums);
    } else if (layer.windows.empty()) {
        weigh_rows(layer.high, stride, rows, high, scratch.active, sums);
        if (kFine) weigh_rows(layer.high, stride, rows, low, scratch.active, sums + stride);
        if (low_weights)
            weigh_rows(layer.low, stride, rows, high, scratch.active, sums + 2 * stride);
    } else {
        weigh_windows(layer.windows, layer.high, layer.low, pixels, scratch, sums,
                      low_weights ? sums + 2 * stride : nullptr);
        if (kFine) std::fill_n(sums + stride, stride, 0);
    }
    const Floats d;
    const Ints di;
    const float* HWY_RESTRICT scales = layer.scale;
    const float* HWY_RESTRICT biases = layer.bias;
    float* HWY_RESTRICT outputs = scratch.outputs.data();
    auto largest = hn::Zero(d);
    for (std::size_t o = 0; o < stride; o += hn::Lanes(d)) {
        auto sum = hn::ConvertTo(d, hn::LoadU(di, sums + o));
        if (kFine) {
            auto crossed = hn::ConvertTo(d, hn::LoadU(di, sums + stride + o));
            if (low_weights)
                crossed = hn::Add(crossed, hn::ConvertTo(d, hn::LoadU(di, sums + 2 * stride + o)));
            sum = hn::MulAdd(crossed, hn::Set(d, 1.0f / 256), sum);
        }
        const auto scale = hn::Mul(hn::LoadU(d, scales + o), hn::Set(d, unit));
        const auto output = hn::MulAdd(sum, scale, hn::LoadU(d, biases + o));
        largest = hn::Max(largest, output);
        hn::StoreU(output, d, outputs + o);
    }
    return hn::GetLane(hn::MaxOfLanes(d, largest));
}

// ReLU: the codes 0 to kMostCoarse, with kFine 0 to 255 in steps of 1/256, stand for 0 to the
// largest output. Returns what one of them stands for.
template <bool kFine>
HWY_INLINE float activate_relu(int outputs, float largest, ForwardScratch& scratch) {
    const Floats d;
    constexpr float kMost = kFine ? 255 : kMostCoarse;
    constexpr float kSteps = kFine ? 256 : 1;
    const float units = largest > 0 ? kMost * kSteps / largest : 0;
    const float* HWY_RESTRICT given = scratch.outputs.data();
    const auto code_at = [&](std::size_t i) HWY_ATTR {
        const auto output = hn::Max(hn::LoadU(d, given + i), hn::Zero(d));
        // An output near the least that a float holds would else be more.
        const auto steps = hn::Min(hn::Mul(output, hn::Set(d, units)), hn::Set(d, kMost * kSteps));
        const auto code = hn::BitCast(Words(), hn::NearestInt(steps));
        return kFine ? code : hn::ShiftLeft<8>(code);
    };
    find_active<kFine>(outputs, code_at, scratch);
    return largest / kMost;
}

HWY_INLINE float activate_tanh(int outputs, ForwardScratch& scratch) {
    const Floats d;
    const auto code_at = [&](std::size_t i) HWY_ATTR {
        const auto output = hn::Tanh(d, hn::LoadU(d, scratch.outputs.data() + i));
        const auto code = hn::MulAdd(output, hn::Set(d, Model::kTanhUnits * 256),
                                     hn::Set(d, Model::kTanhZero * 256));
        return hn::BitCast(Words(), hn::NearestInt(code));
    };
    find_active<true>(outputs, code_at, scratch);
    return 1 / Model::kTanhUnits;
}

// The activation that the model names. Returns what one of the codes stands for.
template <bool kFine>
HWY_INLINE float activate(const Model& model, int outputs, float largest, ForwardScratch& scratch) {
    return model.activation() == Activation::kTanh
               ? activate_tanh(outputs, scratch)
               : activate_relu<kFine>(outputs, largest, scratch);
}

// Leaves the first layer's outputs listed, or the logits of a network of one in scratch.outputs.
// Returns what one of the listed codes stands for.
template <bool kFine>
HWY_INLINE float first_layer(const Model& model, const std::uint8_t* pixels,
                             ForwardScratch& scratch) {
    const auto pixel_at = [&](std::size_t i) HWY_ATTR {
        const auto codes = hn::PromoteTo(Ints(), hn::LoadU(Bytes(), pixels + i));
        return hn::ShiftLeft<8>(hn::BitCast(Words(), codes));
    };
    find_active<kFine>(kInputPixels, pixel_at, scratch);
    const Model::Layer& layer = model.layers().front();
    const float largest = dense<kFine>(layer, pixels, 1.0f / 255, scratch);
    return model.layers().size() == 1 ? 0 : activate<kFine>(model, layer.outputs, largest, scratch);
}

// The same of what follows the first layer. unit: of what is listed.
template <bool kFine>
HWY_INLINE void later_layers(const Model& model, std::span<const Model::Layer> layers, float unit,
                             ForwardScratch& scratch) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const float largest = dense<kFine>(layers[l], nullptr, unit, scratch);
        if (l + 1 < layers.size())
            unit = activate<kFine>(model, layers[l].outputs, largest, scratch);
    }
}

// Leaves the early exit's logits in scratch.outputs, and the first layer's outputs listed. Returns
// what one of their codes stands for.
float early_logits(const Model& model, const std::uint8_t* pixels, ForwardScratch& scratch) {
    const float unit = first_layer<false>(model, pixels, scratch);
    const std::span<const Model::Layer> exit = model.early_exit();
    const float largest = dense<false>(exit[0], nullptr, unit, scratch);
    const std::size_t active = scratch.active;
    scratch.begin_second_list();
    later_layers<false>(model, exit.subspan(1),
                        activate<false>(model, exit[0].outputs, largest, scratch), scratch);
    scratch.end_second_list(active);
    return unit;
}

// The network's logits, after early_logits() and with what it returned.
void coarse_logits_after(const Model& model, float unit, ForwardScratch& scratch) {
    later_layers<false>(model, model.layers().subspan(1), unit, scratch);
}

// The network's logits, from the pixels.
void coarse_logits(const Model& model, const std::uint8_t* pixels, ForwardScratch& scratch) {
    coarse_logits_after(model, first_layer<false>(model, pixels, scratch), scratch);
}

void fine_logits(const Model& model, const std::uint8_t* pixels, ForwardScratch& scratch) {
    const float unit = first_layer<true>(model, pixels, scratch);
    later_layers<true>(model, model.layers().subspan(1), unit, scratch);
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {
namespace {

HWY_EXPORT(early_logits);
HWY_EXPORT(coarse_logits_after);
HWY_EXPORT(coarse_logits);
HWY_EXPORT(fine_logits);

ForwardScratch scratch_for(const Model& model) {
    const auto exit = model.early_exit();
    return {static_cast<std::size_t>(std::max(model.widest_layer(), kInputPixels)),
            exit.empty() ? 0 : static_cast<std::size_t>(exit.front().stride),
            model.widest_window()};
}

// Returns the highest probability. Logits that have overflowed say nothing: each digit alike.
float softmax(const float* logits, float temperature, float* probabilities) {
    const float highest = *std::max_element(logits, logits + kDigits);
    float sum = 0;
    for (int d = 0; d < kDigits; ++d) {
        probabilities[d] = std::exp((logits[d] - highest) / temperature);
        sum += probabilities[d];
    }
    if (std::isnan(sum)) {  // of finite logits it is 1 to 10
        std::fill_n(probabilities, kDigits, 1.0f / kDigits);
        return 1.0f / kDigits;
    }
    for (int d = 0; d < kDigits; ++d) probabilities[d] /= sum;
    return 1 / sum;
}

// A tanh network's inputs are hardly ever zero, and such networks are small.
bool is_coarse_first(const Model& model) { return model.activation() == Activation::kRelu; }

bool logits_are_finite(const ForwardScratch& scratch) {
    return std::all_of(scratch.outputs.data(), scratch.outputs.data() + kDigits,
                       [](float logit) { return std::isfinite(logit); });
}

}  // namespace

bool overflows(const Model& model) {
    ForwardScratch scratch = scratch_for(model);
    for (const std::uint8_t ink : {0, 255}) {
        const std::vector<std::uint8_t> picture(kInputPixels, ink);
        if (is_coarse_first(model)) {
            HWY_DYNAMIC_DISPATCH(coarse_logits)(model, picture.data(), scratch);
            if (!logits_are_finite(scratch)) return true;
        }
        HWY_DYNAMIC_DISPATCH(fine_logits)(model, picture.data(), scratch);
        if (!logits_are_finite(scratch)) return true;
    }
    return false;
}

std::size_t forward(const Model& model, std::span<const std::uint8_t> pixels, std::size_t count,
                    std::span<float> probabilities, EarlyExit early_exit) {
    std::size_t early = 0;
    ForwardScratch scratch = scratch_for(model);
    const bool coarse_first = is_coarse_first(model);
    const bool ask_exit = early_exit == EarlyExit::kAsked && !model.early_exit().empty();
    for (std::size_t n = 0; n < count; ++n) {
        const std::uint8_t* picture = pixels.data() + n * kInputPixels;
        float* result = probabilities.data() + n * kDigits;
        const auto answer = [&] {
            return softmax(scratch.outputs.data(), model.temperature(), result);
        };
        if (ask_exit) {
            const float unit = HWY_DYNAMIC_DISPATCH(early_logits)(model, picture, scratch);
            if (answer() > model.early_exit_above()) {
                ++early;
                continue;
            }
            HWY_DYNAMIC_DISPATCH(coarse_logits_after)(model, unit, scratch);
            if (answer() >= kSureEnough) continue;
        } else if (coarse_first) {
            HWY_DYNAMIC_DISPATCH(coarse_logits)(model, picture, scratch);
            if (answer() >= kSureEnough) continue;
        }
        HWY_DYNAMIC_DISPATCH(fine_logits)(model, picture, scratch);
        answer();
    }
    return early;
}

}  // namespace digit
#endif
