// SPDX-License-Identifier: Apache-2.0
// Which pieces of ink are the digit: neither page edges, ruled lines, shadows, nor specks.
#pragma once

#include <string>
#include <vector>

#include "libdigit/components.h"
#include "libdigit/scratch_vector.h"

namespace digit {

struct DigitChoice {
    ScratchVector<bool> kept;                      // per component
    int left = 0, top = 0, right = 0, bottom = 0;  // around the kept ones; right, bottom exclusive
    bool outside_square = false;  // nothing was in the central square, so the whole picture counts
    std::vector<std::string> warnings;
    bool found() const { return right > left; }
};

// The central square of maximum size chooses which ink is looked at; ink that starts in it and
// leaves it is kept whole. clean: there is nothing but ink in the plane, neither noise nor paper,
// so that many small pieces are a digit drawn in dots or dashes. keep_bars: in such a plane a long
// piece at the border, as the bar of a 5 that was cut out tightly, is a part of a digit that
// touches the border too, and no page's edge.
DigitChoice choose_digit(const InkPlane& plane, const Components& components, bool clean,
                         bool keep_bars);

}  // namespace digit
