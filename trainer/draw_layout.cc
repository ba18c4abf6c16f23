// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace digit {

Placed place(Shape shape, float edge, float room, Random& random) {
    const Bounds before = bounds_of(shape.points);
    const float scale = edge / std::max({before.width(), before.height(), 1e-6f});
    const bool tight = random.uniform() < 0.15f;
    const auto margin = [&](float length) {
        const float least = std::max(room + 1, (kLeastEdge - length * scale) / 2);
        return least + edge * (tight ? 0.02f * random.uniform() : random.uniform(0.06f, 0.35f));
    };
    const float left = margin(before.width());
    const float top = margin(before.height());
    const float right = margin(before.width());
    const float bottom = margin(before.height());
    transform(shape, then(scaling(scale, scale),
                          shifting(left - before.left * scale, top - before.top * scale)));
    Placed placed;
    placed.width = static_cast<int>(std::ceil(left + before.width() * scale + right));
    placed.height = static_cast<int>(std::ceil(top + before.height() * scale + bottom));
    placed.shape = std::move(shape);
    return placed;
}

}  // namespace digit
