// SPDX-License-Identifier: Apache-2.0
// From the digit's ink to the 28×28 picture as MNIST makes them.
#pragma once

#include <array>
#include <cstdint>

#include "libdigit/frame.h"
#include "libdigit/scratch_vector.h"

namespace digit {

// Where MNIST's pictures have their centre of mass on both axes: the middle of pixel 14 (measured
// over the training pictures: 14.5 ± 0.29, so within half a pixel of it, never interpolated).
inline constexpr double kCentreOfMass = 14.5;

// Where a box of `size` pixels with this centre of mass begins, so that it is in the middle, or as
// near as the picture's edge allows.
int place_in_middle(double centre, int size);

// A digit cut out of its picture: width × height, row-major, 0 to 255, no empty border.
struct CutDigit {
    int width = 0;
    int height = 0;
    ScratchVector<std::uint8_t> ink;
};

// Scales the digit so that its longer edge has settings.box_edge pixels, by averaging areas, and
// keeps its aspect unless it is wider than settings allow;
// lines that would become thinner than a pen's are thickened first; then puts its centre of mass
// at the centre of 28×28.
// Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document
// recognition, 1998, III.A.
std::array<std::uint8_t, kInputPixels> to_mnist_box(const CutDigit& digit,
                                                    const FrameSettings& settings);

}  // namespace digit
