// SPDX-License-Identifier: Apache-2.0
// The digits of one font file, read by FreeType.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "trainer/draw_shape.h"

struct FT_LibraryRec_;
struct FT_FaceRec_;

namespace digit {

// Font files may hold several faces; `index` counts them.
class FontFile {
  public:
    // Nothing when the file cannot be read as a scalable font.
    static std::optional<FontFile> open(FT_LibraryRec_* library, const std::filesystem::path& path,
                                        int index);
    FontFile(FontFile&& other) noexcept;
    FontFile& operator=(FontFile&&) = delete;
    ~FontFile();

    int faces() const;
    std::string family() const;
    std::string style() const;
    // The outline of a character in font units, y down, curves as polygons; nothing when the font
    // has none.
    std::optional<Shape> glyph(char32_t character) const;
    // The outlines of 0 to 9 in font units, y down, curves as polygons; nothing when a digit is
    // missing or has no outline.
    std::optional<std::array<Shape, 10>> digits() const;

  private:
    explicit FontFile(FT_FaceRec_* face) : face_(face) {}

    FT_FaceRec_* face_ = nullptr;
};

// Whether these could be digits that a person reads: ten different figures of about the same
// height, none solid, none nearly empty. Symbol fonts and boxes for missing glyphs fail.
bool look_like_digits(const std::array<Shape, 10>& digits);

}  // namespace digit
