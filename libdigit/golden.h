// SPDX-License-Identifier: Apache-2.0
// The golden pictures: what every network has to read before it may serve.
#pragma once

#include <string>

#include "libdigit/model.h"

namespace digit {

inline constexpr int kGoldenPictures = 10;

struct GoldenTrial {
    int right = 0;      // of kGoldenPictures
    std::string wrong;  // "3 as 8, 9 as 4"; empty where all are right
};

// Classifies ten small built-in PNGs, one of each digit, plain as print and half of them light on
// dark, the whole way from bytes to digit, and each once more without an early exit. A file whose
// tensors are intact may still hold a network that was trained on inverted or transposed pictures,
// on other labels, or not at all: it reads about one of them, as a fair one reads all. Thread-safe.
GoldenTrial try_golden_pictures(const Model& model);

}  // namespace digit
