// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_fonts.h"

#include <fnmatch.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <tuple>

#include "trainer/draw_outline.h"

namespace digit {
namespace {

constexpr AllowedFont kAllowedFonts[] = {
#include "trainer/draw_fonts.inc"  // made from fonts.txt
};

struct Done {
    void operator()(FT_LibraryRec_* library) const { FT_Done_FreeType(library); }
};

const AllowedFont* find_allowed(const std::string& family, const std::string& style) {
    const std::string full = family + "/" + style;
    for (const AllowedFont& font : kAllowedFonts) {
        const bool with_style = std::strchr(font.family, '/') != nullptr;
        if (fnmatch(font.family, with_style ? full.c_str() : family.c_str(), 0) == 0) return &font;
    }
    return nullptr;
}

bool is_font_file(const std::filesystem::path& path) {
    const std::string extension = path.extension().string();
    return extension == ".ttf" || extension == ".otf" || extension == ".ttc" ||
           extension == ".TTF" || extension == ".OTF";
}

Status find_font_files(const std::filesystem::path& folder,
                       std::vector<std::filesystem::path>& files) {
    using std::filesystem::recursive_directory_iterator;
    std::error_code error;
    recursive_directory_iterator at(
        folder, std::filesystem::directory_options::follow_directory_symlink, error);
    for (; !error && at != recursive_directory_iterator(); at.increment(error))
        if (is_font_file(at->path())) files.push_back(at->path());
    if (error) return Status{Code::kIo, folder.string(), "cannot be read: " + error.message()};
    return {};
}

constexpr std::uint64_t kHashStart = 0xcbf29ce484222325;
constexpr std::uint64_t kHashPrime = 0x100000001b3;

// FNV-1a over the outlines' coordinates.
std::uint64_t hash_of(const std::array<Shape, 10>& digits, std::uint64_t hash) {
    const auto add = [&hash](std::uint32_t value) { hash = (hash ^ value) * kHashPrime; };
    for (const Shape& digit : digits) {
        for (const Point& point : digit.points) {
            add(static_cast<std::uint32_t>(static_cast<std::int32_t>(point.x * 16)));
            add(static_cast<std::uint32_t>(static_cast<std::int32_t>(point.y * 16)));
        }
        for (const int end : digit.ends) add(static_cast<std::uint32_t>(end));
    }
    return hash;
}

// What nobody takes for a digit, in whatever face: neither round nor a bar, no B, D, G, I, L, O, Q,
// S, Z, b, g, i, l, o, q, s, y or z.
constexpr char32_t kLetters[] = U"ACEFHJKLMNPRTUVWXYacdefhjkmnprtuvwx&@#$%+=*";

void normalise(Shape& shape) {
    const Bounds bounds = bounds_of(shape.points);
    const float scale = 1 / bounds.height();
    transform(shape,
              then(shifting(-(bounds.left + bounds.right) / 2, -(bounds.top + bounds.bottom) / 2),
                   scaling(scale, scale)));
}

void normalise(FontFace& face) {
    for (std::size_t i = 0; i < face.digits.size(); ++i) {
        normalise(face.digits[i]);
        face.stroke_width[i] = stroke_width_of(face.digits[i]);
    }
}

void add_letters(const FontFile& file, FontFace& face) {
    for (const char32_t character : kLetters) {
        std::optional<Shape> shape = character == 0 ? std::nullopt : file.glyph(character);
        if (!shape || bounds_of(shape->points).height() <= 0) continue;
        normalise(*shape);
        face.letters.push_back(std::move(*shape));
    }
}

struct Found {
    FontFace face;
    std::string file;
    std::uint64_t hash = 0;
};

void add_faces(FT_LibraryRec_* library, const std::filesystem::path& path,
               std::vector<Found>& found) {
    int count = 1;
    for (int index = 0; index < count; ++index) {
        const auto file = FontFile::open(library, path, index);
        if (!file) return;
        count = file->faces();
        Found one;
        one.face.family = file->family();
        one.face.style = file->style();
        one.face.source = find_allowed(one.face.family, one.face.style);
        if (one.face.source == nullptr) continue;
        auto digits = file->digits();
        if (!digits || !look_like_digits(*digits)) continue;
        one.hash = hash_of(*digits, kHashStart);
        one.face.digits = std::move(*digits);
        one.file = path.filename().string();
        normalise(one.face);
        add_letters(*file, one.face);
        found.push_back(std::move(one));
    }
}

std::vector<std::string> packages_without(const std::vector<Found>& found) {
    std::set<std::string> missing;
    for (const AllowedFont& font : kAllowedFonts) missing.insert(font.package);
    for (const Found& one : found) missing.erase(one.face.source->package);
    return {missing.begin(), missing.end()};
}

Status no_fonts(const std::vector<std::filesystem::path>& folders) {
    return {Code::kIo, folders.empty() ? "fonts" : folders.front().string(),
            "holds none of the fonts that training pictures are drawn from; install them (Debian "
            "and Ubuntu: apt install " +
                std::string(kAllowedFonts[0].package) + " …) or run script/bootstrap --training"};
}

std::string hexadecimal(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

std::span<const AllowedFont> allowed_fonts() { return kAllowedFonts; }

std::vector<std::filesystem::path> FontSet::default_folders() {
    // Latin Modern lies in TeX's tree, which fontconfig knows by a link that need not be there.
    std::vector<std::filesystem::path> folders{"/usr/share/fonts"};
    for (const char* more : {"/usr/share/texmf/fonts/opentype", "/usr/local/share/fonts"})
        if (std::filesystem::exists(more)) folders.emplace_back(more);
    return folders;
}

Result<FontSet> FontSet::load(const std::vector<std::filesystem::path>& folders) {
    FT_Library started = nullptr;
    if (FT_Init_FreeType(&started) != 0)  // unreachable by a test, but for a lack of memory
        return Status{Code::kInternal, "FreeType", "the library cannot be started"};
    const std::unique_ptr<FT_LibraryRec_, Done> library(started);
    std::vector<std::filesystem::path> files;
    for (const auto& folder : folders)
        if (Status status = find_font_files(folder, files); !status.ok()) return status;
    std::vector<Found> found;
    for (const auto& file : files) add_faces(library.get(), file, found);
    if (found.empty()) return no_fonts(folders);

    const auto order = [](const Found& one) {
        return std::tie(one.face.family, one.face.style, one.file, one.hash);
    };
    std::sort(found.begin(), found.end(),
              [&](const Found& a, const Found& b) { return order(a) < order(b); });
    FontSet set;
    set.missing_packages_ = packages_without(found);
    std::set<std::uint64_t> seen;
    std::uint64_t fingerprint = kHashStart;
    for (Found& one : found) {
        if (!seen.insert(one.hash).second) continue;
        fingerprint = (fingerprint ^ one.hash) * kHashPrime;
        const int at = static_cast<int>(set.faces_.size());
        if (set.faces_.empty() || set.faces_.back().family != one.face.family)
            set.families_.push_back({at, at});
        set.families_.back().end = at + 1;
        set.faces_.push_back(std::move(one.face));
    }
    set.fingerprint_ = hexadecimal(fingerprint);
    return set;
}

}  // namespace digit
