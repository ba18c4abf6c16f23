// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_raster.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <cmath>
#include <cstdint>

namespace digit {
namespace {

// FreeType's 26.6 fixed point, y up from the bottom of the picture.
FT_Vector to_freetype(Point point, int height) {
    return {static_cast<FT_Pos>(std::lround(point.x * 64)),
            static_cast<FT_Pos>(std::lround((static_cast<float>(height) - point.y) * 64))};
}

}  // namespace

void Rasteriser::Done::operator()(FT_LibraryRec_* library) const { FT_Done_FreeType(library); }

Result<Rasteriser> Rasteriser::make() {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0)  // unreachable by a test, but for a lack of memory
        return Status{Code::kInternal, "FreeType", "the library cannot be started"};
    return Rasteriser(library);
}

InkField Rasteriser::fill(const Shape& shape, int width, int height, Point grow) const {
    InkField field(width, height);
    if (shape.points.empty()) return field;
    std::vector<FT_Vector> points;
    points.reserve(shape.points.size());
    for (const Point& point : shape.points) points.push_back(to_freetype(point, height));
    std::vector<char> tags(points.size(), FT_CURVE_TAG_ON);
    std::vector<short> ends;
    ends.reserve(shape.ends.size());
    for (const int end : shape.ends) ends.push_back(static_cast<short>(end - 1));
    FT_Outline outline{};
    outline.n_contours = static_cast<short>(ends.size());
    outline.n_points = static_cast<short>(points.size());
    outline.points = points.data();
    outline.tags = tags.data();
    outline.contours = ends.data();
    if (grow.x != 0 || grow.y != 0) {
        // FreeType's strength is the sum of both sides, and it moves the result by half of it.
        const auto x = static_cast<FT_Pos>(std::lround(2 * grow.x * 64));
        const auto y = static_cast<FT_Pos>(std::lround(2 * grow.y * 64));
        FT_Outline_EmboldenXY(&outline, x, y);
        FT_Outline_Translate(&outline, -x / 2, -y / 2);
    }
    std::vector<std::uint8_t> coverage(field.ink.size());
    FT_Bitmap bitmap{};
    bitmap.rows = static_cast<unsigned>(height);
    bitmap.width = static_cast<unsigned>(width);
    bitmap.pitch = width;
    bitmap.buffer = coverage.data();
    bitmap.num_grays = 256;
    bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
    if (FT_Outline_Get_Bitmap(library_.get(), &outline, &bitmap) != 0) return field;
    for (std::size_t i = 0; i < coverage.size(); ++i)
        field.ink[i] = static_cast<float>(coverage[i]) / 255;
    return field;
}

}  // namespace digit
