// SPDX-License-Identifier: Apache-2.0
// The paper under the ink: what each pixel would be if nothing were drawn there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "libdigit/picture.h"
#include "libdigit/scratch_vector.h"

namespace digit {

// Four times a square of kWorkingEdge and more: only very long pictures have more, and each reading
// of one takes so long that there are no more than it needs.
inline constexpr std::uint32_t kMostPixelsToReadAgain = 1u << 18;

// A surface over the picture, held on a coarse grid and interpolated; flat where the picture is.
class Background {
  public:
    // Estimates the surface of `picture`; ink may cover up to about half of it. Where a flat
    // background is likely but little of it is to be seen, there are two: the flat one, then the
    // surface. smooth_light: is looked for first, as from a lamp or a lens; where there is none,
    // the surface is what lies around each place, and where it is the only one and the picture of
    // at most kMostPixelsToReadAgain, a flat background is guessed besides.
    static ScratchVector<Background> estimate(const Picture& picture, bool smooth_light);

    // The other way, for dark ink among shadows with hard edges: closes over what is narrower than
    // a thick stroke and follows every edge of what is wider.
    static Background closed(const Picture& picture);
    static Background flat(const std::array<float, 3>& level);

    bool is_flat() const { return columns_ == 0; }
    // Flat, and the picture's is not known to be.
    bool is_guessed() const { return guessed_; }
    // Of a flat background. Channels past the picture's own are 0.
    std::array<float, 3> level() const { return flat_; }
    // Writes the background of row y of `picture`: width × channels floats, interleaved.
    void row(const Picture& picture, int y, ScratchVector<float>& out) const;

  private:
    void refine(const Picture& picture, bool first_pass);
    std::array<float, 3> median_level(std::size_t channels) const;  // of the cells

    std::array<float, 3> flat_{};
    bool guessed_ = false;
    int columns_ = 0;
    int rows_ = 0;
    ScratchVector<std::array<float, 3>> cells_;
};

}  // namespace digit
