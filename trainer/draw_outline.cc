// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_outline.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <cmath>
#include <utility>

namespace digit {
namespace {

// A curve becomes this many lines; at a hundred pixels of height they are two to five pixels long.
constexpr int kCurveLines = 6;

Point from_freetype(const FT_Vector& v) {
    return {static_cast<float>(v.x), -static_cast<float>(v.y)};
}

Shape& shape_of(void* user) { return *static_cast<Shape*>(user); }

int move_to(const FT_Vector* to, void* user) {
    shape_of(user).close();
    shape_of(user).points.push_back(from_freetype(*to));
    return 0;
}

int line_to(const FT_Vector* to, void* user) {
    shape_of(user).points.push_back(from_freetype(*to));
    return 0;
}

int conic_to(const FT_Vector* control, const FT_Vector* to, void* user) {
    std::vector<Point>& points = shape_of(user).points;
    const Point p0 = points.back();
    const Point p1 = from_freetype(*control);
    const Point p2 = from_freetype(*to);
    for (int i = 1; i <= kCurveLines; ++i) {
        const float t = static_cast<float>(i) / kCurveLines;
        const float u = 1 - t;
        points.push_back({u * u * p0.x + 2 * u * t * p1.x + t * t * p2.x,
                          u * u * p0.y + 2 * u * t * p1.y + t * t * p2.y});
    }
    return 0;
}

int cubic_to(const FT_Vector* control1, const FT_Vector* control2, const FT_Vector* to,
             void* user) {
    std::vector<Point>& points = shape_of(user).points;
    const Point p0 = points.back();
    const Point p1 = from_freetype(*control1);
    const Point p2 = from_freetype(*control2);
    const Point p3 = from_freetype(*to);
    for (int i = 1; i <= kCurveLines; ++i) {
        const float t = static_cast<float>(i) / kCurveLines;
        const float u = 1 - t;
        const float b0 = u * u * u, b1 = 3 * u * u * t, b2 = 3 * u * t * t, b3 = t * t * t;
        points.push_back({b0 * p0.x + b1 * p1.x + b2 * p2.x + b3 * p3.x,
                          b0 * p0.y + b1 * p1.y + b2 * p2.y + b3 * p3.y});
    }
    return 0;
}

bool same(const Shape& a, const Shape& b) {
    return a.points.size() == b.points.size() && a.ends == b.ends &&
           std::equal(a.points.begin(), a.points.end(), b.points.begin(),
                      [](Point p, Point q) { return p.x == q.x && p.y == q.y; });
}

// Signed area, holes counting against their surroundings.
float area_of(const Shape& shape) {
    float area = 0;
    std::size_t begin = 0;
    for (const int stop : shape.ends) {
        const auto end = static_cast<std::size_t>(stop);
        for (std::size_t i = begin; i < end; ++i) {
            const Point p = shape.points[i];
            const Point q = shape.points[i + 1 < end ? i + 1 : begin];
            area += 0.5f * (p.x * q.y - q.x * p.y);
        }
        begin = end;
    }
    return std::fabs(area);
}

}  // namespace

std::optional<FontFile> FontFile::open(FT_LibraryRec_* library, const std::filesystem::path& path,
                                       int index) {
    FT_Face face = nullptr;
    if (FT_New_Face(library, path.c_str(), index, &face) != 0) return std::nullopt;
    FontFile file(face);
    if (!FT_IS_SCALABLE(face) || face->family_name == nullptr || face->units_per_EM == 0)
        return std::nullopt;
    return file;
}

FontFile::FontFile(FontFile&& other) noexcept : face_(std::exchange(other.face_, nullptr)) {}

FontFile::~FontFile() {
    if (face_ != nullptr) FT_Done_Face(face_);
}

int FontFile::faces() const { return static_cast<int>(face_->num_faces); }

std::string FontFile::family() const { return face_->family_name; }

std::string FontFile::style() const {
    return face_->style_name == nullptr ? "" : face_->style_name;
}

std::optional<Shape> FontFile::glyph(char32_t character) const {
    const FT_Outline_Funcs receivers{move_to, line_to, conic_to, cubic_to, 0, 0};
    const FT_UInt index = FT_Get_Char_Index(face_, character);
    if (index == 0 || FT_Load_Glyph(face_, index, FT_LOAD_NO_SCALE) != 0 ||
        face_->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
        return std::nullopt;
    Shape shape;
    if (FT_Outline_Decompose(&face_->glyph->outline, &receivers, &shape) != 0) return std::nullopt;
    shape.close();
    if (shape.points.size() < 3) return std::nullopt;
    return shape;
}

std::optional<std::array<Shape, 10>> FontFile::digits() const {
    std::array<Shape, 10> digits;
    for (std::size_t digit = 0; digit < digits.size(); ++digit) {
        std::optional<Shape> shape = glyph(U'0' + static_cast<char32_t>(digit));
        if (!shape) return std::nullopt;
        digits[digit] = std::move(*shape);
    }
    return digits;
}

bool look_like_digits(const std::array<Shape, 10>& digits) {
    float tallest = 0;
    for (const Shape& digit : digits) tallest = std::max(tallest, bounds_of(digit.points).height());
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const Bounds bounds = bounds_of(digits[i].points);
        if (bounds.height() < 0.4f * tallest || bounds.width() < 0.03f * tallest ||
            bounds.width() > 1.6f * bounds.height())
            return false;
        // A bare 1 may be a solid bar; nothing else may.
        const float filled = area_of(digits[i]) / (bounds.width() * bounds.height());
        if (filled < 0.01f || (i != 1 && filled > 0.92f)) return false;
        for (std::size_t j = 0; j < i; ++j)
            if (same(digits[i], digits[j])) return false;
    }
    return true;
}

}  // namespace digit
