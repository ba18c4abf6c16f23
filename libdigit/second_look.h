// SPDX-License-Identifier: Apache-2.0
// What is done where the network is not sure: it is asked about the picture again, moved a little.
#pragma once

#include <cstdint>
#include <span>

#include "libdigit/frame.h"
#include "libdigit/model.h"

namespace digit {

// Half a pixel to the left, right, top and bottom.
inline constexpr int kMoves = 4;

// A smaller probability counts as this: one sure answer does not overrule all others.
inline constexpr double kLeastProbability = 1e-9;

// moved: kMoves pictures of 784 bytes, row-major. Each pixel is the mean, halves rounded up, of
// two of the picture's; there is no ink beyond its border.
void move_by_half_a_pixel(std::span<const std::uint8_t, kInputPixels> picture,
                          std::span<std::uint8_t> moved);

// probabilities: by digit, what forward() said of the picture; then the geometric mean of that and
// of what the network says of the moved ones, without an early exit, made to sum to 1. Of networks
// that learnt from moved pictures such a mean is right a little oftener than a single answer:
// models/README.md. Takes 3 KB and what forward() does, likewise. Thread-safe.
// Throws std::bad_alloc.
void look_again(const Model& model, std::span<const std::uint8_t, kInputPixels> picture,
                std::span<float, kDigits> probabilities);

}  // namespace digit
