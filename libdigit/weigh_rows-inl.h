// SPDX-License-Identifier: Apache-2.0
// The inner loop of the forward pass, once for every vector unit; included by network.cc alone.
//
// weigh_rows: sums[o] = Σ values[a] × plane[rows[a]][o] over the active inputs a.
// plane: int8 rows of `stride` columns, a multiple of 64. values: 0 to 255. count: a multiple of
// 4. Integers, so the result does not depend on the vector unit; it fits, as 255 × 128 × 65536
// inputs do.
//
// weigh_coarse_rows: the same of values up to kMostCoarse.
#if defined(LIBDIGIT_WEIGH_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBDIGIT_WEIGH_ROWS_INL_H_
#undef LIBDIGIT_WEIGH_ROWS_INL_H_
#else
#define LIBDIGIT_WEIGH_ROWS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if HWY_TARGET == HWY_AVX3_DL
// Highway 1.0 asks the CPU for AVX-512 VNNI before it takes this target, but has no name for its
// instructions, which multiply four bytes by four and add all of them to 32 bits.
// Lambdas are told by themselves: clang does not take what is pushed for them beside an attribute.
// And they are inlined, or GCC keeps the sums that they add to in memory.
#define DIGIT_VNNI_ATTR __attribute__((target(HWY_TARGET_STR ",avx512vnni"), always_inline))
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni")
namespace digit::HWY_NAMESPACE {

// The sums of 64 columns. Interleaving works on blocks of 16 bytes: block b of part p holds columns
// 16b + 4p to + 3. (Named one by one: GCC 12 keeps an array of them in memory.)
struct LineSums {
    __m512i part0, part1, part2, part3;

    // No constructor, which would not be compiled for this vector unit.
    static HWY_INLINE LineSums zero() {
        const __m512i none = _mm512_setzero_si512();
        return {none, none, none, none};
    }

    // Four rows at a time are interleaved in registers, so that any four active rows can meet in
    // one instruction and the weights lie as they are. x: their four values, over and over.
    HWY_INLINE void add(__m512i x, const std::int8_t* row0, const std::int8_t* row1,
                        const std::int8_t* row2, const std::int8_t* row3) {
        const __m512i w0 = _mm512_loadu_si512(row0);
        const __m512i w1 = _mm512_loadu_si512(row1);
        const __m512i w2 = _mm512_loadu_si512(row2);
        const __m512i w3 = _mm512_loadu_si512(row3);
        const __m512i low01 = _mm512_unpacklo_epi8(w0, w1);
        const __m512i low23 = _mm512_unpacklo_epi8(w2, w3);
        const __m512i high01 = _mm512_unpackhi_epi8(w0, w1);
        const __m512i high23 = _mm512_unpackhi_epi8(w2, w3);
        part0 = _mm512_dpbusd_epi32(part0, x, _mm512_unpacklo_epi16(low01, low23));
        part1 = _mm512_dpbusd_epi32(part1, x, _mm512_unpackhi_epi16(low01, low23));
        part2 = _mm512_dpbusd_epi32(part2, x, _mm512_unpacklo_epi16(high01, high23));
        part3 = _mm512_dpbusd_epi32(part3, x, _mm512_unpackhi_epi16(high01, high23));
    }

    HWY_INLINE void store(std::int32_t* sums) const {
        const __m512i lower01 = _mm512_shuffle_i32x4(part0, part1, 0x44);  // blocks 0, 1 of both
        const __m512i upper01 = _mm512_shuffle_i32x4(part0, part1, 0xee);  // blocks 2, 3
        const __m512i lower23 = _mm512_shuffle_i32x4(part2, part3, 0x44);
        const __m512i upper23 = _mm512_shuffle_i32x4(part2, part3, 0xee);
        _mm512_storeu_si512(sums, _mm512_shuffle_i32x4(lower01, lower23, 0x88));
        _mm512_storeu_si512(sums + 16, _mm512_shuffle_i32x4(lower01, lower23, 0xdd));
        _mm512_storeu_si512(sums + 32, _mm512_shuffle_i32x4(upper01, upper23, 0x88));
        _mm512_storeu_si512(sums + 48, _mm512_shuffle_i32x4(upper01, upper23, 0xdd));
    }
};

inline void weigh_rows(const std::int8_t* plane, std::size_t stride, const std::uint32_t* rows,
                       const std::uint8_t* values, std::size_t count, std::int32_t* sums) {
    // Calls `add` for each four active rows.
    const auto for_each_four = [&](const std::int8_t* first_column,
                                   const auto& add) DIGIT_VNNI_ATTR {
        for (std::size_t a = 0; a < count; a += 4) {
            std::int32_t four;
            std::memcpy(&four, values + a, sizeof four);
            std::uint64_t two[2];  // as two numbers each, for GCC multiplies four by vectors
            std::memcpy(two, rows + a, sizeof two);
            add(_mm512_set1_epi32(four), first_column + (two[0] & 0xffffffffu) * stride,
                first_column + (two[0] >> 32) * stride,
                first_column + (two[1] & 0xffffffffu) * stride,
                first_column + (two[1] >> 32) * stride);
        }
    };
    using Row = const std::int8_t*;
    std::size_t column = 0;
    for (; column + 256 <= stride; column += 256) {
        LineSums line0 = LineSums::zero(), line1 = line0, line2 = line0, line3 = line0;
        for_each_four(plane + column,
                      [&](__m512i x, Row r0, Row r1, Row r2, Row r3) DIGIT_VNNI_ATTR {
                          line0.add(x, r0, r1, r2, r3);
                          line1.add(x, r0 + 64, r1 + 64, r2 + 64, r3 + 64);
                          line2.add(x, r0 + 128, r1 + 128, r2 + 128, r3 + 128);
                          line3.add(x, r0 + 192, r1 + 192, r2 + 192, r3 + 192);
                      });
        line0.store(sums + column);
        line1.store(sums + column + 64);
        line2.store(sums + column + 128);
        line3.store(sums + column + 192);
    }
    for (; column < stride; column += 64) {
        LineSums line = LineSums::zero();
        for_each_four(plane + column, [&](__m512i x, Row r0, Row r1, Row r2, Row r3)
                                          DIGIT_VNNI_ATTR { line.add(x, r0, r1, r2, r3); });
        line.store(sums + column);
    }
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#undef DIGIT_VNNI_ATTR

#elif HWY_TARGET == HWY_SCALAR

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

inline void weigh_rows(const std::int8_t* plane, std::size_t stride, const std::uint32_t* rows,
                       const std::uint8_t* values, std::size_t count, std::int32_t* sums) {
    std::memset(sums, 0, stride * sizeof *sums);
    for (std::size_t a = 0; a < count; ++a)
        for (std::size_t o = 0; o < stride; ++o) sums[o] += values[a] * plane[rows[a] * stride + o];
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#else

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Interleaving works on blocks of 16 bytes, which hold 8 columns: brings the sums back in order.
template <class D32>
HWY_INLINE void store_in_order(D32 d32, hn::Vec<D32> low_sum, hn::Vec<D32> high_sum,
                               std::int32_t* sums) {
    alignas(64) std::int32_t low[16];
    alignas(64) std::int32_t high[16];
    hn::Store(low_sum, d32, low);
    hn::Store(high_sum, d32, high);
    for (std::size_t i = 0; i < hn::Lanes(d32); i += 4) {
        std::memcpy(sums + 2 * i, low + i, 4 * sizeof *sums);
        std::memcpy(sums + 2 * i + 4, high + i, 4 * sizeof *sums);
    }
}

// Two rows at a time, widened to 16 bits and interleaved, so that neighbours multiply and add. Of
// four vectors side by side, so that a cache line is not fetched anew for each quarter of it. (No
// array of sums: some vector units know their length at run time alone, and have none.)
inline void weigh_rows(const std::int8_t* plane, std::size_t stride, const std::uint32_t* rows,
                       const std::uint8_t* values, std::size_t count, std::int32_t* sums) {
    const hn::CappedTag<std::int16_t, 32> d16;
    const hn::Repartition<std::int32_t, decltype(d16)> d32;
    const hn::Rebind<std::int8_t, decltype(d16)> d8;
    using Sum = hn::Vec<decltype(d32)>;
    const std::size_t lanes = hn::Lanes(d16);
    const auto pair_of = [&](std::size_t a) HWY_ATTR {
        return hn::BitCast(
            d16, hn::Set(d32, static_cast<std::int32_t>(values[a] | values[a + 1] << 16)));
    };
    const auto add = [&](hn::Vec<decltype(d16)> pair, const std::int8_t* row0,
                         const std::int8_t* row1, Sum& low, Sum& low_rest, Sum& high,
                         Sum& high_rest) HWY_ATTR {
        const auto w0 = hn::PromoteTo(d16, hn::LoadU(d8, row0));
        const auto w1 = hn::PromoteTo(d16, hn::LoadU(d8, row1));
        low = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveLower(d16, w0, w1), pair, low,
                                            low_rest);
        high = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveUpper(d16, w0, w1), pair, high,
                                             high_rest);
    };
    const auto finish = [&](std::size_t column, Sum low, Sum low_rest, Sum high,
                            Sum high_rest) HWY_ATTR {
        store_in_order(d32, hn::RearrangeToOddPlusEven(low, low_rest),
                       hn::RearrangeToOddPlusEven(high, high_rest), sums + column);
    };
    const Sum zero = hn::Zero(d32);
    std::size_t column = 0;
    for (; column + 4 * lanes <= stride; column += 4 * lanes) {
        Sum low0 = zero, low1 = zero, low2 = zero, low3 = zero;
        Sum high0 = zero, high1 = zero, high2 = zero, high3 = zero;
        Sum low_rest0 = zero, low_rest1 = zero, low_rest2 = zero, low_rest3 = zero;
        Sum high_rest0 = zero, high_rest1 = zero, high_rest2 = zero, high_rest3 = zero;
        for (std::size_t a = 0; a < count; a += 2) {
            const auto pair = pair_of(a);
            const std::int8_t* row0 = plane + rows[a] * stride + column;
            const std::int8_t* row1 = plane + rows[a + 1] * stride + column;
            add(pair, row0, row1, low0, low_rest0, high0, high_rest0);
            add(pair, row0 + lanes, row1 + lanes, low1, low_rest1, high1, high_rest1);
            add(pair, row0 + 2 * lanes, row1 + 2 * lanes, low2, low_rest2, high2, high_rest2);
            add(pair, row0 + 3 * lanes, row1 + 3 * lanes, low3, low_rest3, high3, high_rest3);
        }
        finish(column, low0, low_rest0, high0, high_rest0);
        finish(column + lanes, low1, low_rest1, high1, high_rest1);
        finish(column + 2 * lanes, low2, low_rest2, high2, high_rest2);
        finish(column + 3 * lanes, low3, low_rest3, high3, high_rest3);
    }
    for (; column < stride; column += lanes) {
        Sum low = zero, low_rest = zero, high = zero, high_rest = zero;
        for (std::size_t a = 0; a < count; a += 2)
            add(pair_of(a), plane + rows[a] * stride + column,
                plane + rows[a + 1] * stride + column, low, low_rest, high, high_rest);
        finish(column, low, low_rest, high, high_rest);
    }
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

// So small that eight products with weights of 8 bits are less than 2¹⁵ between them.
inline constexpr int kMostCoarse = 31;
inline constexpr std::size_t kCoarseRows = 8;
static_assert(kMostCoarse * 128 * kCoarseRows < 1 << 15);

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3

namespace hn = hwy::HWY_NAMESPACE;
using CoarseBytes = hn::CappedTag<std::int8_t, 32>;
using CoarseWords = hn::Repartition<std::int16_t, CoarseBytes>;
using CoarseSums = hn::Repartition<std::int32_t, CoarseBytes>;

// Neighbouring bytes multiplied, unsigned by signed, and added; Highway 1.0 has no name for it.
HWY_INLINE hn::Vec<CoarseWords> multiply_pairs(hn::Vec<CoarseWords> values,
                                               hn::Vec<CoarseBytes> weights) {
#if HWY_TARGET == HWY_AVX2
    return {_mm256_maddubs_epi16(values.raw, weights.raw)};
#else
    return {_mm_maddubs_epi16(values.raw, weights.raw)};
#endif
}

// Eight rows at a time, two of which are interleaved byte by byte, with sums of 16 bits that are
// then widened and added to those in memory. A row is read from end to end: that, and no more than
// two instructions for 32 weights, is why the second cache is what it waits for. By a prototype,
// 345 rows of 512 on a Zen 3: 6.4 µs, weigh_rows 10.1, reading them and nothing else 5.7.
inline void weigh_coarse_rows(const std::int8_t* plane, std::size_t stride,
                              const std::uint32_t* rows, const std::uint8_t* values,
                              std::size_t count, std::int32_t* sums) {
    const CoarseBytes d8;
    const CoarseWords d16;
    const CoarseSums d32;
    const std::size_t lanes = hn::Lanes(d8);
    const auto zero = hn::Zero(d16);
    const auto ones = hn::Set(d16, 1);
    std::memset(sums, 0, stride * sizeof *sums);
    const auto add = [&](hn::Vec<CoarseWords> words, std::int32_t* to) HWY_ATTR {
        auto unused = hn::Zero(d32);
        const auto so_far = hn::LoadU(d32, to);
        hn::StoreU(hn::ReorderWidenMulAccumulate(d32, words, ones, so_far, unused), d32, to);
    };
    for (std::size_t a = 0; a < count; a += kCoarseRows) {
        const std::int8_t* row[kCoarseRows];
        std::uint8_t value[kCoarseRows];
        for (std::size_t r = 0; r < kCoarseRows; ++r) {
            const bool there = a + r < count;
            row[r] = there ? plane + rows[a + r] * stride : plane;
            value[r] = there ? values[a + r] : std::uint8_t{0};
        }
        const auto pair_of = [&](std::size_t r) HWY_ATTR {
            return hn::Set(d16, static_cast<std::int16_t>(value[r] | value[r + 1] << 8));
        };
        const auto x0 = pair_of(0), x1 = pair_of(2), x2 = pair_of(4), x3 = pair_of(6);
        for (std::size_t column = 0; column < stride; column += lanes) {
            auto low = zero;
            auto high = zero;
            const auto weigh = [&](hn::Vec<CoarseWords> x, std::size_t r) HWY_ATTR {
                const auto w0 = hn::LoadU(d8, row[r] + column);
                const auto w1 = hn::LoadU(d8, row[r + 1] + column);
                low = hn::Add(low, multiply_pairs(x, hn::InterleaveLower(d8, w0, w1)));
                high = hn::Add(high, multiply_pairs(x, hn::InterleaveUpper(d8, w0, w1)));
            };
            weigh(x0, 0);
            weigh(x1, 2);
            weigh(x2, 4);
            weigh(x3, 6);
            // Interleaved with zero, a word times one is itself, of 32 bits.
            std::int32_t* to = sums + column;
            add(hn::InterleaveLower(d16, low, zero), to);
            add(hn::InterleaveUpper(d16, low, zero), to + lanes / 4);
            add(hn::InterleaveLower(d16, high, zero), to + lanes / 2);
            add(hn::InterleaveUpper(d16, high, zero), to + lanes / 4 * 3);
        }
    }
#if HWY_TARGET == HWY_AVX2
    // Interleaving works on blocks of 16 bytes: each four vectors hold the columns 0 to 3 and 16 to
    // 19, 4 to 7 and 20 to 23, …
    for (std::size_t column = 0; column < stride; column += lanes) {
        std::int32_t* four = sums + column;
        const auto v0 = hn::LoadU(d32, four), v1 = hn::LoadU(d32, four + 8);
        const auto v2 = hn::LoadU(d32, four + 16), v3 = hn::LoadU(d32, four + 24);
        hn::StoreU(hn::ConcatLowerLower(d32, v1, v0), d32, four);
        hn::StoreU(hn::ConcatLowerLower(d32, v3, v2), d32, four + 8);
        hn::StoreU(hn::ConcatUpperUpper(d32, v1, v0), d32, four + 16);
        hn::StoreU(hn::ConcatUpperUpper(d32, v3, v2), d32, four + 24);
    }
#endif
}

#else  // of which some multiply four pairs in one instruction, and others no bytes by words

inline void weigh_coarse_rows(const std::int8_t* plane, std::size_t stride,
                              const std::uint32_t* rows, const std::uint8_t* values,
                              std::size_t count, std::int32_t* sums) {
    weigh_rows(plane, stride, rows, values, count, sums);
}

#endif

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
