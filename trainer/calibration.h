// SPDX-License-Identifier: Apache-2.0
// Confidence that means what it says.
#pragma once

#include <vector>

#include "trainer/evaluate.h"

namespace digit {

struct Calibration {
    float temperature = 1;         // divides the logits
    float uncertain_below = 0.5f;  // confidence
    double error_before = 0;       // expected calibration error, 0 to 1
    double error_after = 0;
};

// The temperature with the smallest cross-entropy on pictures that were not trained on, and the
// confidence that `kept` (0 to 1) of them reach, at most kMaxUncertainBelow.
// Source: Guo et al. 2017.
inline constexpr float kMaxUncertainBelow = 0.9f;
Calibration calibrate(const Evaluation& seen, std::span<const std::uint8_t> labels, double kept);

// Pictures sorted by confidence into `kBins` bins of equal width: how many, how confident, how
// often right.
inline constexpr int kConfidenceBins = 15;
struct ConfidenceBin {
    int count = 0;
    double confidence = 0;  // mean
    double accuracy = 0;
};
std::vector<ConfidenceBin> confidence_bins(const Evaluation& seen,
                                           std::span<const std::uint8_t> labels, float temperature);

// Mean difference between confidence and accuracy over the bins, by count.
double expected_calibration_error(const std::vector<ConfidenceBin>& bins);

// Softmax of ten logits at a temperature.
std::array<float, kDigits> probabilities_of(const std::array<float, kDigits>& logits,
                                            float temperature);

}  // namespace digit
