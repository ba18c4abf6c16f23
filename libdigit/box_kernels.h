// SPDX-License-Identifier: Apache-2.0
// The loops over pixels of framing a digit, on the widest vector unit that the CPU has. Nothing is
// fused, and sums that decide are of doubles, which hold sums of so few floats of 0 to 1 exactly
// but for the tiniest: all units give the same pixels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "libdigit/float_plane.h"
#include "libdigit/frame.h"

namespace digit {

// How the outputs of one axis cover its inputs: output o is the sum of weight[o × taps + i] times
// the input first[o] + i, i under taps. The weights of an output sum to one; those that would be of
// inputs beyond the last are zero, and `first` is such that there are none.
struct Cover {
    std::size_t taps = 0;
    ScratchVector<int> first;
    ScratchVector<float> weight;
};

// ink: 0 to 255, as many as the plane has pixels.
void fill_plane(std::span<const std::uint8_t> ink, FloatPlane& plane);

// Mean stroke width in pixels: a stroke of width w has 2/w of outline for each pixel of area.
float stroke_width(const FloatPlane& plane);

// Where ink is `ink × strength` and the plane has less there, raises it. The ink's pixel (0, 0)
// falls on (x, y); all of it is within the plane.
void raise(const FloatPlane& ink, float strength, int x, int y, FloatPlane& plane);

// Reduces or enlarges; columns, rows: of the planes' axes. to: at most 20 wide, zero.
void resample_to_box(const FloatPlane& from, const Cover& columns, const Cover& rows,
                     FloatPlane& to);

struct Moments {
    double mass = 0;
    double x = 0;  // mass times place, in pixels from the plane's edge
    double y = 0;
    float peak = 0;
};
// plane: at most 32 wide.
Moments moments_of(const FloatPlane& plane);

// Puts the plane's pixels times gain, rounded and at most 255, at (left, top) of the picture, which
// is zero.
void put_in_picture(const FloatPlane& plane, float gain, int left, int top,
                    std::array<std::uint8_t, kInputPixels>& picture);

}  // namespace digit
