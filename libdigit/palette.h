// SPDX-License-Identifier: Apache-2.0
// The palette of a PNG or GIF, and rows of its indices to rows of samples.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace digit {

// 256 colours; those never set are opaque black, which is what browsers take for an index beyond
// the palette.
class Palette {
  public:
    Palette();

    void set(std::size_t index, std::uint8_t red, std::uint8_t green, std::uint8_t blue);
    void set_alpha(std::size_t index, std::uint8_t alpha) { colours_[index][3] = alpha; }

    bool is_grey() const { return grey_; }

    // Writes luma (channels 1) or R, G, B (3), each followed by alpha if wanted, for `count`
    // indices; returns the end of what it wrote.
    std::uint8_t* expand(const std::uint8_t* indices, std::size_t count, int channels, bool alpha,
                         std::uint8_t* out) const;

  private:
    std::array<std::array<std::uint8_t, 4>, 256> colours_{};  // R, G, B, alpha
    std::array<std::uint8_t, 256> luma_{};
    bool grey_ = true;
};

}  // namespace digit
