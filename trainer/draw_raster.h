// SPDX-License-Identifier: Apache-2.0
// Shapes to antialiased pixels, by FreeType's smooth rasteriser.
#pragma once

#include <memory>

#include "libdigit/status.h"
#include "trainer/draw_plane.h"
#include "trainer/draw_shape.h"

struct FT_LibraryRec_;

namespace digit {

// Immutable and shareable between threads: FreeType's rasteriser keeps what it changes on the
// stack (FreeType reference, FT_Library: one object for several threads).
class Rasteriser {
  public:
    // Errors: kInternal when FreeType cannot start.
    static Result<Rasteriser> make();

    // The share of each pixel that the shape covers, 0 to 1. The shape is in pixels from the top
    // left; what lies outside of the field is cut off. `grow` moves the outline outwards by that
    // many pixels along each axis (inwards when negative), for shapes without overlapping polygons.
    InkField fill(const Shape& shape, int width, int height, Point grow = {}) const;

  private:
    struct Done {
        void operator()(FT_LibraryRec_* library) const;
    };
    explicit Rasteriser(FT_LibraryRec_* library) : library_(library) {}

    std::unique_ptr<FT_LibraryRec_, Done> library_;
};

}  // namespace digit
