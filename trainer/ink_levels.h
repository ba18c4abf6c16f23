// SPDX-License-Identifier: Apache-2.0
// How ink is spread over its levels, from a trace to full.
#pragma once

#include <cstdint>

namespace digit {

// Floats that differ by less than one of these are alike: eight for each of a byte's levels.
inline constexpr int kLevelSteps = 2047;

// Gives a picture that was made of another the other's levels: the pixel with the most ink gets
// the other's highest level, and so on (histogram specification, Gonzalez and Woods, Digital Image
// Processing). Pixels that are alike, to 1/kLevelSteps, stay so and get the mean of their levels;
// blank ones stay blank. picture: 784 bytes; pixels: 784 floats from 0 to 1. Thread-safe.
void keep_levels(const std::uint8_t* picture, float* pixels);

// The same by sorting: the oracle of the tests.
void keep_levels_plain(const std::uint8_t* picture, float* pixels);

}  // namespace digit
