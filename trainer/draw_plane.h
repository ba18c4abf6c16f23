// SPDX-License-Identifier: Apache-2.0
// Ink on a plane, and what optics and scanners do to it.
#pragma once

#include <cstddef>
#include <vector>

#include "trainer/random.h"

namespace digit {

// Ink 0 to 1 (beyond it after noise), row-major from the top left.
struct InkField {
    int width = 0;
    int height = 0;
    std::vector<float> ink;

    InkField() = default;
    InkField(int columns, int rows)
        : width(columns),
          height(rows),
          ink(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}
    float* row(int y) {
        return ink.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    }
    const float* row(int y) const {
        return ink.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    }
};

// Nearly Gaussian blur, standard deviation in pixels, by two boxes along each axis; no ink lies
// beyond the edges. Costs the same for every sigma; under 0.2 pixels nothing happens.
void blur(InkField& field, float sigma);

// Area averaging along an axis that shrinks, linear interpolation along one that grows.
InkField resample(const InkField& field, int width, int height);

// Steepens the edges around `level`, which becomes 0.5: under 0.5 spreads blurred ink, over it
// thins it. `slope` 1 changes nothing but the level.
void steepen(InkField& field, float level, float slope);

// Adds noise of this standard deviation to every pixel, nearly normal (the sum of four uniform).
void add_noise(InkField& field, float deviation, Random& random);

}  // namespace digit
