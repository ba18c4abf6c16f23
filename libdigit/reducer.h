// SPDX-License-Identifier: Apache-2.0
// Rows of a picture in, the picture averaged down by a whole factor out; no full-size buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace digit {

// kDownwards: whole rows from the top, add_row. kAny: parts of rows in any order, add_pixels, as
// interlaced files and frames within a larger screen have them; takes more memory.
enum class RowOrder { kDownwards, kAny };

struct ReducerShape {
    std::uint32_t width = 0;  // of the source
    std::uint32_t height = 0;
    std::uint32_t factor = 1;  // 1 to 256; a cell is factor × factor source pixels
    int channels = 1;          // 1 luma, 3 RGB
    bool alpha = false;        // each pixel has one more byte, its straight alpha
    RowOrder order = RowOrder::kDownwards;

    int samples() const { return channels + (alpha ? 1 : 0); }
    std::uint32_t reduced_width() const { return (width + factor - 1) / factor; }
    std::uint32_t reduced_height() const { return (height + factor - 1) / factor; }
};

// Averages cells in premultiplied alpha; cells cut by the right or bottom edge are averaged over
// what they hold. Nothing is allocated after construction, so its functions may be called from a
// C library's callbacks.
class Reducer {
  public:
    // What the constructor allocates, at most.
    static std::size_t memory_bytes(const ReducerShape& shape);

    // memory: to be used for the picture, whatever it holds. Throws std::bad_alloc.
    explicit Reducer(const ReducerShape& shape, std::vector<std::uint8_t> memory = {});

    // The next row: width × samples() bytes. At most `height` times.
    void add_row(const std::uint8_t* row) noexcept;

    // count × samples() bytes for the pixels (x, y), (x + step, y), … within the picture. A pixel
    // that is never given is transparent if there is alpha, else black; none is given twice.
    void add_pixels(std::uint32_t x, std::uint32_t y, std::uint32_t step, std::uint32_t count,
                    const std::uint8_t* pixels) noexcept;

    // The picture: reduced_width × reduced_height × channels bytes. Transparency is composed over
    // white or black, whichever is farther from the opaque part's mean luma; a wholly transparent
    // picture is white. Ends the use of this object.
    std::vector<std::uint8_t> finish();

    const ReducerShape& shape() const { return shape_; }

  private:
    void sum_row(const std::uint8_t* row) noexcept;
    void fold_columns() noexcept;
    void average_cells();
    void compose();

    ReducerShape shape_;
    std::uint32_t next_row_ = 0;
    std::vector<std::uint8_t> pixels_;  // reduced, samples() each, premultiplied
    // kDownwards: sums down each column of the cell row in hand, width × samples().
    // kAny: sums of every cell. Empty if the factor is 1.
    std::vector<std::uint32_t> sums_;
};

}  // namespace digit
