// SPDX-License-Identifier: Apache-2.0
// The work of Augmenter::apply, vectorised and plain: stroke width, blur, warp, gain.
#pragma once

#include <cstdint>

#include "trainer/augment.h"

namespace digit {

void distort(const std::uint8_t* picture, const Distortion& distortion,
             const DisplacementNoise& noise, const DisplacementBasis& basis, float* out);

void distort_plain(const std::uint8_t* picture, const Distortion& distortion,
                   const DisplacementNoise& noise, const DisplacementBasis& basis, float* out);

}  // namespace digit
