// SPDX-License-Identifier: Apache-2.0
// What people say a digit really was: read from JSON, kept as DIR/<digit>/<random>.png, the folder
// that `digit-train --data` takes. Knows nothing of httpd.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "libdigit/frame.h"
#include "mod_digit/problem.h"

namespace digit {

// A 28×28 PNG, base64 and a few words of JSON have less.
inline constexpr std::size_t kMaxCorrectionBytes = 16 * 1024;

struct Correction {
    int digit = 0;
    std::array<std::uint8_t, kInputPixels> pixels{};
};

// json: {"digit":7,"picture":"data:image/png;base64,…"}, at most kMaxCorrectionBytes. Throws
// nothing but std::bad_alloc.
std::variant<Correction, Problem> parse_correction(std::string_view json);

struct Stored {};

// Writes the picture anew from its grey values, so that nothing else that was sent is kept, beside
// its place and then renames it. At most `limit` pictures are kept in `folder`, counted under a
// lock that all processes of this machine honour. `folder` must exist; the folder of a digit is
// made.
std::variant<Stored, Problem> store_correction(const std::string& folder, std::uint64_t limit,
                                               const Correction& correction);

}  // namespace digit
