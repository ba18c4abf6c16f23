// SPDX-License-Identifier: Apache-2.0
// The work of Augmenter::apply, vectorised and plain: stroke width, blur, warp, gain.
#pragma once

#include <cstdint>

#include "trainer/augment.h"

namespace digit {

// Where the ink of a picture is, in pixels from its top left corner: the bounds, whose edges lie
// within the outermost pixels by how much ink they hold, and the centre of mass.
struct Extent {
    float left = 0, right = 0, top = 0, bottom = 0;
    float x = 0, y = 0;
    bool empty = true;
};

// Ink under this is none: a trace of a blurred edge.
inline constexpr float kTrace = 0.08f;

// From the largest value of every column and row, and sums over the picture.
struct Profile {
    float columns[32] = {};
    float rows[32] = {};
    float mass = 0, x_mass = 0, y_mass = 0;  // x, y: of the pixels' centres
};
Extent extent_of(const Profile& profile);

// Adds d.square to the rest of `d`: ink as wide as high where it is 1, within a factor of four.
Distortion squared(const Distortion& d, const Extent& source);

// Changes `d` so that what it makes of a picture, `made`, gets the size and place of `source`, and
// then the distortion's own shift.
Distortion refitted(const Distortion& d, const Extent& source, const Extent& made);

void distort(const std::uint8_t* picture, const Distortion& distortion,
             const DisplacementNoise& noise, const DisplacementBasis& basis, float* out);

void distort_plain(const std::uint8_t* picture, const Distortion& distortion,
                   const DisplacementNoise& noise, const DisplacementBasis& basis, float* out);

}  // namespace digit
