// SPDX-License-Identifier: Apache-2.0
// Finds the digit in a picture and puts it as MNIST does: light ink on dark, ink box within
// 20×20, centre of mass at the centre of 28×28.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "libdigit/picture.h"
#include "libdigit/status.h"

namespace digit {

inline constexpr int kInputEdge = 28;
inline constexpr int kInputPixels = kInputEdge * kInputEdge;
inline constexpr int kInkBoxEdge = 20;
inline constexpr int kDigits = 10;

// A rectangle in pixels of the source picture, upright.
struct Box {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

enum class Polarity { kDarkOnLight, kLightOnDark };

// What was seen and done, for people.
struct FrameReceipt {
    Polarity polarity = Polarity::kDarkOnLight;
    Box crop;     // the central square, or the whole picture where the square held no ink
    Box ink_box;  // the digit
    std::vector<std::string> warnings;  // plain sentences
};

// One reading of a picture. pixels: 28×28, row-major, ink = 255.
struct Framed {
    std::array<std::uint8_t, kInputPixels> pixels{};
    FrameReceipt receipt;
};

// How a digit that does not lie as MNIST's do is put into its box. The defaults are the server's:
// networks that learnt from digits 20 pixels long read other people's best where they are a little
// smaller, and those that were stretched to a square, as scans often are, narrower than they came.
// Over digits-dev, `digit-classify --labels`, four networks read 0.2 to 0.5 % more of them so.
// restore applies to all that are framed.
struct FrameSettings {
    int box_edge = 19;    // pixels of the longer edge, 1 to 20
    float widest = 0.8f;  // parts of its height that a digit is wide at most, 0.1 to 1; 0: as it is
    // Small blurred pictures are sharpened, smooth light and sheets on a table looked for, ruled
    // paper's lines erased, and bars at the border kept.
    bool restore = true;
};

// Drawn digits that are learnt from: as large and as wide as those of MNIST, and never restored.
inline constexpr FrameSettings kFrameToLearnFrom{kInkBoxEdge, 0, false};

// The readings of a picture, likeliest first, at least one; more where polarity or ink is in
// doubt. All of them are classified and the surest is kept. Thread-safe.
// Errors: kBlankImage.
Result<std::vector<Framed>> frame(const Picture& picture, const FrameSettings& settings = {});
// The same at the end of `readings`, for many pictures; where there are none it is left as it was.
Status add_readings(const Picture& picture, const FrameSettings& settings,
                    std::vector<Framed>& readings);

}  // namespace digit
