// SPDX-License-Identifier: Apache-2.0
// What a forward pass computes with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libdigit/frame.h"
#include "libdigit/scratch_vector.h"

namespace digit {

struct ForwardScratch {
    // widest: of the layers, the pixels among them. early_exit: the width of its hidden layer.
    ForwardScratch(std::size_t widest, std::size_t early_exit)
        : outputs(widest),
          sums(3 * widest),
          rows(widest + early_exit + kSlack),
          high(widest + early_exit + kSlack),
          low(widest + early_exit + kSlack),
          window_rows(kInputPixels + kSlack),
          window_values(kInputPixels + kSlack) {}

    // The longest vector that any unit may write beyond what it was asked for.
    static constexpr std::size_t kSlack = 64;

    // After the first `count` of a list have been written: zeros up to a multiple of 4.
    void finish_active(std::size_t count) {
        for (; count % 4 != 0; ++count)
            rows[first + count] = high[first + count] = low[first + count] = 0;
        active = count;
    }

    ScratchArray<float> outputs;
    ScratchArray<std::int32_t> sums;
    // The inputs that are not zero: row of the weights, and both bytes of the input's code, of
    // which the coarse pass has no low one. The list in use has `active` of them, a multiple of 4,
    // from `first` on; what lies before it is the list to go on with where an early exit does not
    // answer.
    ScratchArray<std::uint32_t> rows;
    ScratchArray<std::uint8_t> high;
    ScratchArray<std::uint8_t> low;
    std::size_t first = 0;
    std::size_t active = 0;
    // Those of the pixels that lie in one window of the first layer's: see weigh_windows-inl.h.
    ScratchArray<std::uint32_t> window_rows;
    ScratchArray<std::uint8_t> window_values;
};

}  // namespace digit
