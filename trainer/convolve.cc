// SPDX-License-Identifier: Apache-2.0
#include "trainer/convolve.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "trainer/convolve.cc"
// Sums are kept in arrays of vectors, and these units' vectors have no size to make arrays of;
// where SVE is, NEON is too.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "trainer/vector_ops.h"

HWY_BEFORE_NAMESPACE();
namespace digit::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kLane>;
constexpr Floats kFloats;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(kFloats));
// Vectors in kLane columns; and how many times as many are worked on at once: six rows of four
// vectors fill most of AVX-512's 32 registers, six of two most of AVX2's 16.
constexpr int kUnit = kLane / kLanes;
constexpr int kMostUnits = kLanes == kLane ? 4 : 1;
static_assert(kMostUnits == 1 || HWY_TARGET <= HWY_AVX3, "see add_block()");
constexpr int kMostRows = 6;
// Products of one sum at a time, so that the kernel's part stays in the first cache.
constexpr int kMostProducts = 96;

// Two nested loops over what is added up: how often, and the steps through both factors.
struct Walk {
    int outer = 1, inner = 0;
    std::ptrdiff_t left_outer = 0, left_inner = 0;
    std::ptrdiff_t right_outer = 0, right_inner = 0;
};

// sums[r][c] (+)= Σ left[r][…] × right[…][c] for kRows rows and kVectors vectors of columns.
// fresh: what is in `sums` does not count.
template <int kRows, int kVectors>
HWY_INLINE void add_products(const float* const* left, const float* right, const Walk& walk,
                             bool fresh, float* sums, std::ptrdiff_t stride) {
    hn::Vec<Floats> sum[kRows][kVectors];
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kVectors; ++v)
            sum[r][v] =
                fresh ? hn::Zero(kFloats) : hn::LoadU(kFloats, sums + r * stride + v * kLanes);
    for (int o = 0; o < walk.outer; ++o) {
        const float* b = right + o * walk.right_outer;
        std::ptrdiff_t at = o * walk.left_outer;
        for (int i = 0; i < walk.inner; ++i, at += walk.left_inner, b += walk.right_inner) {
            hn::Vec<Floats> column[kVectors];
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC unroll 4  // else the sums would live in memory
#endif
            for (int v = 0; v < kVectors; ++v) column[v] = hn::LoadU(kFloats, b + v * kLanes);
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC unroll 6
#endif
            for (int r = 0; r < kRows; ++r) {
                const auto factor = hn::Set(kFloats, left[r][at]);
#if HWY_COMPILER_GCC_ACTUAL
#pragma GCC unroll 4
#endif
                for (int v = 0; v < kVectors; ++v)
                    sum[r][v] = hn::MulAdd(factor, column[v], sum[r][v]);
            }
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kVectors; ++v)
            hn::StoreU(sum[r][v], kFloats, sums + r * stride + v * kLanes);
}

template <int kVectors>
HWY_INLINE void add_rows(int rows, const float* const* left, const float* right, const Walk& walk,
                         bool fresh, float* sums, std::ptrdiff_t stride) {
    switch (rows) {
        case 1:
            return add_products<1, kVectors>(left, right, walk, fresh, sums, stride);
        case 2:
            return add_products<2, kVectors>(left, right, walk, fresh, sums, stride);
        case 3:
            return add_products<3, kVectors>(left, right, walk, fresh, sums, stride);
        case 4:
            return add_products<4, kVectors>(left, right, walk, fresh, sums, stride);
        case 5:
            return add_products<5, kVectors>(left, right, walk, fresh, sums, stride);
        default:
            return add_products<6, kVectors>(left, right, walk, fresh, sums, stride);
    }
}

HWY_INLINE void add_block(int rows, int units, const float* const* left, const float* right,
                          const Walk& walk, bool fresh, float* sums, std::ptrdiff_t stride) {
    switch (units) {
        case 1:
            return add_rows<kUnit>(rows, left, right, walk, fresh, sums, stride);
#if HWY_TARGET <= HWY_AVX3
        case 2:
            return add_rows<2 * kUnit>(rows, left, right, walk, fresh, sums, stride);
        case 3:
            return add_rows<3 * kUnit>(rows, left, right, walk, fresh, sums, stride);
        default:
            return add_rows<4 * kUnit>(rows, left, right, walk, fresh, sums, stride);
#endif
    }
}

// Calls f(first column, units) for blocks of columns that fit into registers.
template <class F>
HWY_INLINE void for_columns(int columns, F f) {
    for (int c = 0; c < columns;) {
        const int units = std::min((columns - c) / kLane, kMostUnits);
        f(c, units);
        c += units * kLane;
    }
}

// The smallest number of equal parts of `count` that are no longer than `most`, as a part's length.
HWY_INLINE int part_of(int count, int most) {
    const int parts = (count + most - 1) / most;
    return (count + parts - 1) / parts;
}

void Convolve(const float* bordered, const ConvolutionSize& size, const float* kernel,
              float* output) {
    const int pixels = size.edge * size.edge;
    const int three = 3 * size.inputs;  // a row of a patch, all in one piece
    const std::ptrdiff_t row = std::ptrdiff_t{size.edge + 2} * size.inputs;
    const std::ptrdiff_t stride = size.outputs;
    const bool whole = 3 * three <= kMostProducts;
    const int part = part_of(three, kMostProducts);
    const auto add = [&](int column, int units, int k, int first, int count) HWY_ATTR {
        Walk walk{1, count, 0, 1, 0, stride};
        if (whole) walk = {3, three, row, 1, three * stride, stride};
        const float* right = kernel + (k * three + first) * stride + column;
        for (int p = 0; p < pixels; p += kMostRows) {
            const int rows = std::min(kMostRows, pixels - p);
            const float* left[kMostRows];
            for (int r = 0; r < rows; ++r) {
                const int y = (p + r) / size.edge, x = (p + r) % size.edge;
                left[r] = bordered + (y + k) * row + x * size.inputs + first;
            }
            add_block(rows, units, left, right, walk, k == 0 && first == 0,
                      output + p * stride + column, stride);
        }
    };
    for_columns(size.outputs, [&](int column, int units) HWY_ATTR {
        if (whole) return add(column, units, 0, 0, 0);
        for (int k = 0; k < 3; ++k)
            for (int first = 0; first < three; first += part)
                add(column, units, k, first, std::min(part, three - first));
    });
}

void ConvolveGradient(const float* bordered, const ConvolutionSize& size, const float* gradient,
                      float* sums) {
    const int three = 3 * size.inputs;
    const std::ptrdiff_t row = std::ptrdiff_t{size.edge + 2} * size.inputs;
    const std::ptrdiff_t stride = size.outputs;
    const int part = std::max(1, kMostProducts / size.edge);  // rows of the picture
    for_columns(size.outputs, [&](int column, int units) HWY_ATTR {
        for (int y = 0; y < size.edge; y += part) {
            const Walk walk{std::min(part, size.edge - y),
                            size.edge,
                            row,
                            size.inputs,
                            size.edge * stride,
                            stride};
            for (int k = 0; k < 3; ++k)
                for (int i = 0; i < three; i += kMostRows) {
                    const int rows = std::min(kMostRows, three - i);
                    const float* left[kMostRows];
                    for (int r = 0; r < rows; ++r) left[r] = bordered + (y + k) * row + i + r;
                    add_block(rows, units, left, gradient + y * size.edge * stride + column, walk,
                              false, sums + (k * three + i) * stride + column, stride);
                }
        }
    });
}

}  // namespace digit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace digit {

HWY_EXPORT(Convolve);
HWY_EXPORT(ConvolveGradient);

void convolve(const float* bordered, const ConvolutionSize& size, const float* kernel,
              float* output) {
    HWY_DYNAMIC_DISPATCH(Convolve)(bordered, size, kernel, output);
}

void convolve_gradient(const float* bordered, const ConvolutionSize& size, const float* gradient,
                       float* sums) {
    HWY_DYNAMIC_DISPATCH(ConvolveGradient)(bordered, size, gradient, sums);
}

void transpose(const float* from, int rows, int columns, float* to) {
    // In squares whose lines stay in cache.
    constexpr int kSquare = 16;
    for (int r = 0; r < rows; r += kSquare)
        for (int c = 0; c < columns; c += kSquare)
            for (int i = r; i < std::min(r + kSquare, rows); ++i)
                for (int j = c; j < std::min(c + kSquare, columns); ++j)
                    to[static_cast<std::ptrdiff_t>(j) * rows + i] =
                        from[static_cast<std::ptrdiff_t>(i) * columns + j];
}

}  // namespace digit
#endif  // HWY_ONCE
