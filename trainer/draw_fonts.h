// SPDX-License-Identifier: Apache-2.0
// The digits of installed fonts, as figures. Which fonts may be used, and where they come from, is
// in fonts.txt.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libdigit/status.h"
#include "trainer/draw_shape.h"

namespace digit {

// One line of fonts.txt.
struct AllowedFont {
    const char* package;  // Debian's
    const char* family;   // shell pattern of the family's name, or of "family/style"
    const char* licence;  // SPDX
};

std::span<const AllowedFont> allowed_fonts();

// The ten digits of one face. Each has its own height scaled to 1 and its centre at the origin.
struct FontFace {
    std::string family;
    std::string style;
    const AllowedFont* source = nullptr;
    std::array<Shape, 10> digits;
    std::array<float, 10> stroke_width{};  // mean, as a part of the height
    // Letters and signs that look like no digit, likewise; those that the face has.
    std::vector<Shape> letters;
};

// Immutable after load(); shareable between threads.
class FontSet {
  public:
    // Where Debian's font packages put their files.
    static std::vector<std::filesystem::path> default_folders();

    // Reads every allowed face below `folders` that has ten different digits; a face whose digits
    // another one has is left out. The order does not depend on the file system's.
    // Errors: kIo when a folder is not there or no allowed font is found, in which case the
    // detail says what to install.
    static Result<FontSet> load(const std::vector<std::filesystem::path>& folders);

    const std::vector<FontFace>& faces() const { return faces_; }
    // faces()[begin, end) of each family; a family is drawn as often as any other.
    struct Family {
        int begin = 0;
        int end = 0;
    };
    const std::vector<Family>& families() const { return families_; }
    // The packages of the table of which no face was found, sorted.
    const std::vector<std::string>& missing_packages() const { return missing_packages_; }
    // Of all outlines, in hexadecimal: two sets with the same one draw the same pictures.
    const std::string& fingerprint() const { return fingerprint_; }

  private:
    FontSet() = default;

    std::vector<FontFace> faces_;
    std::vector<Family> families_;
    std::vector<std::string> missing_packages_;
    std::string fingerprint_;
};

}  // namespace digit
