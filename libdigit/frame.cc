// SPDX-License-Identifier: Apache-2.0
#include "libdigit/frame.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "libdigit/centre_of_mass.h"
#include "libdigit/components.h"
#include "libdigit/digit_choice.h"
#include "libdigit/ink.h"
#include "libdigit/mnist_box.h"
#include "libdigit/mnist_picture.h"
#include "libdigit/ruling.h"
#include "libdigit/sheet.h"

namespace digit {
namespace {

// The pixels of the kept pieces and those that touch one.
ScratchVector<bool> near_kept_ink(const InkPlane& plane, const Components& components,
                                  const DigitChoice& choice) {
    ScratchVector<bool> near(plane.ink.size());
    for (const Run& run : components.runs) {
        if (!choice.kept[static_cast<std::size_t>(run.component)]) continue;
        const int from = std::max(0, run.from - 1);
        const int to = std::min(plane.width, run.to + 1);
        for (int y = std::max(0, run.y - 1); y <= std::min(plane.height - 1, run.y + 1); ++y)
            std::fill(near.begin() + y * plane.width + from, near.begin() + y * plane.width + to,
                      true);
    }
    return near;
}

// The kept pieces and the soft edge around them; nothing of the pieces that were left out.
CutDigit cut_digit(const InkPlane& plane, const Components& components, DigitChoice& choice) {
    // Antialiased edges lie up to one pixel outside the thresholded ink.
    const int left = std::max(0, choice.left - 1);
    const int top = std::max(0, choice.top - 1);
    const int right = std::min(plane.width, choice.right + 1);
    const int bottom = std::min(plane.height, choice.bottom + 1);
    const bool keep_all =
        std::find(choice.kept.begin(), choice.kept.end(), false) == choice.kept.end();
    const ScratchVector<bool> near_kept =
        keep_all ? ScratchVector<bool>{} : near_kept_ink(plane, components, choice);
    CutDigit cut{right - left, bottom - top, {}};
    cut.ink.resize(static_cast<std::size_t>(cut.width) * static_cast<std::size_t>(cut.height));
    int ink_left = right, ink_top = bottom, ink_right = left, ink_bottom = top;
    std::uint8_t* to = cut.ink.data();
    for (int y = top; y < bottom; ++y, to += cut.width) {
        const std::uint8_t* from =
            &plane.ink[static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.width) +
                       static_cast<std::size_t>(left)];
        for (int x = 0; x < cut.width; ++x) to[x] = from[x] < kFaintInk ? std::uint8_t{0} : from[x];
        if (!keep_all)
            for (int x = 0; x < cut.width; ++x)
                if (!near_kept[static_cast<std::size_t>(y * plane.width + left + x)]) to[x] = 0;
        int first = 0;
        while (first < cut.width && to[first] == 0) ++first;
        if (first == cut.width) continue;
        int end = cut.width;
        while (to[end - 1] == 0) --end;
        ink_left = std::min(ink_left, left + first);
        ink_right = std::max(ink_right, left + end);
        ink_top = std::min(ink_top, y);
        ink_bottom = y + 1;
    }
    CutDigit tight{ink_right - ink_left, ink_bottom - ink_top, {}};
    tight.ink.reserve(static_cast<std::size_t>(tight.width) *
                      static_cast<std::size_t>(tight.height));
    for (int y = ink_top; y < ink_bottom; ++y) {
        const auto row = cut.ink.begin() + static_cast<std::ptrdiff_t>(y - top) * cut.width;
        tight.ink.insert(tight.ink.end(), row + (ink_left - left), row + (ink_right - left));
    }
    choice.left = ink_left;
    choice.top = ink_top;
    choice.right = ink_right;
    choice.bottom = ink_bottom;
    return tight;
}

Box to_source(const Picture& picture, int left, int top, int right, int bottom) {
    const auto x = [&](int v) { return static_cast<int>(std::lround(v * picture.reduction_x)); };
    const auto y = [&](int v) { return static_cast<int>(std::lround(v * picture.reduction_y)); };
    return {x(left), y(top), x(right) - x(left), y(bottom) - y(top)};
}

// Ink that touches the picture's border and is at least this part of all of it may be a shadow.
constexpr double kMuchAtBorder = 0.2;

// Whether `c` is a filled area rather than strokes, and most of the picture: the paper within a
// frame. Drawn digits to learn from pass here too, so this is not sheet_on_table().
bool is_sheet(const Component& c, const InkPlane& plane) {
    return c.border_contact == 0 && c.width() * 10 > plane.width * 6 &&
           c.height() * 10 > plane.height * 6 &&
           c.area * 10 > static_cast<std::int64_t>(c.width()) * c.height() * 7;
}

bool may_hold_a_shadow(const InkReading& reading, const Components& components) {
    for (const Component& c : components.all)
        if (is_sheet(c, reading.plane)) return true;
    if (reading.clean) return false;
    double at_border = 0;
    double all = 0;
    for (const Component& c : components.all) {
        all += static_cast<double>(c.mass);
        if (c.border_contact > 0) at_border += static_cast<double>(c.mass);
    }
    return at_border > kMuchAtBorder * all;
}

// Whether the digit lies in the picture as MNIST's do in theirs, or was cut out of one: in other
// files, with JPEG's ripples, or of other sizes; such a digit keeps its size and aspect.
bool lies_as_in_mnist(const Picture& picture, const CutDigit& cut, const DigitChoice& choice) {
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const int longest = std::max(cut.width, cut.height);
    if (std::max(width, height) == kInkBoxEdge) return true;
    const int edge = std::min(width, height);
    const double scale = static_cast<double>(kInputEdge) / edge;
    // MNIST's centres are within half a pixel of kCentreOfMass; a quarter is for what was done
    // since.
    constexpr double kFromCentre = 0.75;
    // Soft edges and ripples make it longer, nothing shorter.
    const double longer = longest * scale - kInkBoxEdge;
    if (longer < -0.25 || longer > std::max(1.0, scale)) return false;
    const auto centre = centre_of_mass(cut.width, cut.height, [&](int x, int y) {
        return cut.ink[static_cast<std::size_t>(y * cut.width + x)];
    });
    if (!centre) return false;
    const double x = (choice.left - (width - edge) / 2 + centre->x) * scale;
    const double y = (choice.top - (height - edge) / 2 + centre->y) * scale;
    return std::abs(x - kCentreOfMass) <= kFromCentre && std::abs(y - kCentreOfMass) <= kFromCentre;
}

// What else there may be in a picture than a digit on paper.
struct Surroundings {
    bool shadow = false;
    std::optional<Box> sheet;

    void add(const Surroundings& other) {
        shadow = shadow || other.shadow;
        if (!sheet) sheet = other.sheet;
    }
};

// One reading of the picture, if it holds a digit.
Surroundings add_reading(const Picture& picture, InkReading& reading, bool among_shadows,
                         const FrameSettings& settings, std::vector<Framed>& readings) {
    const std::uint8_t threshold = reading.clean ? kCleanInkThreshold : kInkThreshold;
    const bool ruled = settings.restore && erase_ruling(reading.plane, threshold, !among_shadows);
    const Components components = find_components(reading.plane, threshold);
    DigitChoice choice = choose_digit(reading.plane, components, reading.clean, settings.restore);
    Surroundings around{may_hold_a_shadow(reading, components), std::nullopt};
    if (settings.restore) around.sheet = sheet_on_table(reading, components);
    if (!choice.found()) return around;
    const CutDigit cut = cut_digit(reading.plane, components, choice);
    Framed& framed = readings.emplace_back();
    framed.pixels =
        to_mnist_box(cut, lies_as_in_mnist(picture, cut, choice) ? kFrameToLearnFrom : settings);
    framed.receipt.polarity = reading.dark_ink ? Polarity::kDarkOnLight : Polarity::kLightOnDark;
    framed.receipt.ink_box =
        to_source(picture, choice.left, choice.top, choice.right, choice.bottom);
    const int width = static_cast<int>(picture.width);
    const int height = static_cast<int>(picture.height);
    const int edge = std::min(width, height);
    const int left = (width - edge) / 2;
    const int top = (height - edge) / 2;
    framed.receipt.crop = choice.outside_square
                              ? to_source(picture, 0, 0, width, height)
                              : to_source(picture, left, top, left + edge, top + edge);
    if (choice.outside_square)
        framed.receipt.warnings.push_back(
            "The central square holds no ink, so the whole picture was searched.");
    if (ruled) framed.receipt.warnings.push_back("Lines of ruled or squared paper were left out.");
    for (std::string& warning : choice.warnings)
        framed.receipt.warnings.push_back(std::move(warning));
    return around;
}

// The readings of what is on the sheet, away from its edges: what touches them is the table, or the
// paper between a fat digit's strokes.
void add_readings_of_sheet(const Picture& picture, const Box& sheet, const FrameSettings& settings,
                           std::vector<Framed>& readings) {
    const Picture cut = cut_out(picture, sheet);
    std::vector<Framed> on_sheet;
    for (InkReading& reading : read_ink(cut, settings.restore))
        add_reading(cut, reading, false, settings, on_sheet);
    const Box before = to_source(picture, 0, 0, sheet.x, sheet.y);
    const Box whole = to_source(picture, 0, 0, sheet.width, sheet.height);
    for (Framed& reading : on_sheet) {
        FrameReceipt& receipt = reading.receipt;
        const Box& ink = receipt.ink_box;
        if (ink.x <= 0 || ink.y <= 0 || ink.x + ink.width >= whole.width ||
            ink.y + ink.height >= whole.height)
            continue;
        for (Box* box : {&receipt.crop, &receipt.ink_box}) {
            box->x += before.width;
            box->y += before.height;
        }
        receipt.warnings.push_back("Only the sheet of paper in the picture was read.");
        readings.push_back(std::move(reading));
    }
}

}  // namespace

Status add_readings(const Picture& picture, const FrameSettings& settings,
                    std::vector<Framed>& readings) {
    const std::size_t before = readings.size();
    if (auto framed = as_mnist_has_it(picture)) {
        readings.push_back(std::move(*framed));
        return {};
    }
    Surroundings around;
    for (InkReading& reading : read_ink(picture, settings.restore))
        around.add(add_reading(picture, reading, false, settings, readings));
    if (around.sheet) add_readings_of_sheet(picture, *around.sheet, settings, readings);
    if (around.shadow)
        for (InkReading& reading : read_ink_among_shadows(picture))
            add_reading(picture, reading, true, settings, readings);
    if (readings.size() == before)
        return {Code::kBlankImage, "",
                "the picture is blank: nothing in it stands out from its background"};
    return {};
}

Result<std::vector<Framed>> frame(const Picture& picture, const FrameSettings& settings) {
    std::vector<Framed> readings;
    Status status = add_readings(picture, settings, readings);
    if (!status.ok()) return status;
    return readings;
}

}  // namespace digit
