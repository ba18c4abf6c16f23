// SPDX-License-Identifier: Apache-2.0
// Whether a picture's background has one level everywhere, as in a drawing, a screenshot or a scan.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "libdigit/picture.h"

namespace digit {

// Pixels along the shorter edge from which the surface is estimated; of larger pictures every
// second, third, … row and column is enough for so smooth a thing.
inline constexpr int kSampledEdge = 96;

inline int sampling_step(const Picture& picture) {
    return std::max(1, static_cast<int>(std::min(picture.width, picture.height)) / kSampledEdge);
}

struct FlatBackground {
    std::array<float, 3> level{};  // in each channel, 0 past the picture's own
    // Little of the picture has that level, though much of its border and corners does: a digit cut
    // tight to its ink, or a page's dark edges.
    bool doubtful = false;
};

// Nothing where the background is not flat.
std::optional<FlatBackground> flat_background(const Picture& picture);

}  // namespace digit
