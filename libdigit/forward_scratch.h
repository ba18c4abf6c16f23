// SPDX-License-Identifier: Apache-2.0
// What a forward pass computes with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libdigit/frame.h"
#include "libdigit/scratch_vector.h"

namespace digit {

struct ForwardScratch {
    // widest: of the layers, the pixels among them.
    explicit ForwardScratch(std::size_t widest)
        : outputs(widest),
          sums(3 * widest),
          rows(widest + kSlack),
          high(widest + kSlack),
          low(widest + kSlack),
          window_rows(kInputPixels + kSlack),
          window_values(kInputPixels + kSlack) {}

    // The longest vector that any unit may write beyond what it was asked for.
    static constexpr std::size_t kSlack = 64;

    // After the first `count` have been listed: zeros up to a multiple of 4.
    void finish_active(std::size_t count) {
        for (; count % 4 != 0; ++count) rows[count] = high[count] = low[count] = 0;
        active = count;
    }

    ScratchArray<float> outputs;
    ScratchArray<std::int32_t> sums;
    // The inputs that are not zero: row of the weights, and both bytes of the input's code.
    ScratchArray<std::uint32_t> rows;
    ScratchArray<std::uint8_t> high;
    ScratchArray<std::uint8_t> low;
    std::size_t active = 0;  // a multiple of 4
    // Those of the pixels that lie in one window of the first layer's: see weigh_windows-inl.h.
    ScratchArray<std::uint32_t> window_rows;
    ScratchArray<std::uint8_t> window_values;
};

}  // namespace digit
