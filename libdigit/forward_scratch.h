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
    // window: the most inputs that a window has.
    ForwardScratch(std::size_t widest, std::size_t early_exit, std::size_t window)
        : outputs(widest),
          sums(3 * widest),
          rows(widest + early_exit + kSlack),
          high(widest + early_exit + kSlack),
          low(widest + early_exit + kSlack),
          marks((widest + early_exit) / kMark + 4),
          window_rows(window + kSlack),
          window_high(window + kSlack),
          window_low(window + kSlack),
          after_marks_(widest / kMark + 2) {}

    // The longest vector that any unit may write beyond what it was asked for.
    static constexpr std::size_t kSlack = 64;

    // Inputs from one mark to the next.
    static constexpr std::size_t kMark = 16;
    std::uint32_t* own_marks() { return marks.data() + first_mark; }

    // An early exit's list begins behind the one in use, which stays, if nothing is in it too.
    void begin_second_list() {
        first = active;
        first_mark = after_marks_;
    }
    // Back to the list that was in use before: so many.
    void end_second_list(std::size_t count) {
        first = first_mark = 0;
        active = count;
    }

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
    // How many of the list lie before each kMark-th input, and of all; from first_mark on.
    ScratchArray<std::uint32_t> marks;
    std::size_t first_mark = 0;
    // Those of the list that lie in one window of a layer's: see weigh_windows-inl.h.
    ScratchArray<std::uint32_t> window_rows;
    ScratchArray<std::uint8_t> window_high;
    ScratchArray<std::uint8_t> window_low;

  private:
    std::size_t after_marks_;  // of the list that the early exit goes on with
};

}  // namespace digit
