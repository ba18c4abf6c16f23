// SPDX-License-Identifier: Apache-2.0
#include "trainer/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace digit {

namespace {

using Logits = std::array<float, kDigits>;

double mean_loss(const Evaluation& seen, std::span<const std::uint8_t> labels, double temperature) {
    double loss = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Logits& z = seen.logits[i];
        const double top = static_cast<double>(*std::max_element(z.begin(), z.end()));
        double sum = 0;
        for (float value : z) sum += std::exp((static_cast<double>(value) - top) / temperature);
        loss += std::log(sum) - (static_cast<double>(z[labels[i]]) - top) / temperature;
    }
    return loss / static_cast<double>(labels.size());
}

// Minimum of a function with one minimum in [low, high]. Source: Kiefer 1953.
template <class F>
double golden_section(double low, double high, F f) {
    const double ratio = (std::sqrt(5.0) - 1) / 2;
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    double fa = f(a), fb = f(b);
    while (high - low > 1e-4) {
        if (fa < fb) {
            high = b, b = a, fb = fa;
            fa = f(a = high - ratio * (high - low));
        } else {
            low = a, a = b, fa = fb;
            fb = f(b = low + ratio * (high - low));
        }
    }
    return (low + high) / 2;
}

}  // namespace

std::array<float, kDigits> probabilities_of(const Logits& logits, float temperature) {
    const float top = *std::max_element(logits.begin(), logits.end());
    Logits p;
    float sum = 0;
    for (std::size_t k = 0; k < p.size(); ++k)
        sum += p[k] = std::exp((logits[k] - top) / temperature);
    for (float& value : p) value /= sum;
    return p;
}

std::vector<ConfidenceBin> confidence_bins(const Evaluation& seen,
                                           std::span<const std::uint8_t> labels,
                                           float temperature) {
    std::vector<ConfidenceBin> bins(kConfidenceBins);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Logits p = probabilities_of(seen.logits[i], temperature);
        const auto best = std::max_element(p.begin(), p.end());
        const int bin = std::min(kConfidenceBins - 1,
                                 static_cast<int>(*best * static_cast<float>(kConfidenceBins)));
        ConfidenceBin& into = bins[static_cast<std::size_t>(bin)];
        ++into.count;
        into.confidence += static_cast<double>(*best);
        into.accuracy += best - p.begin() == labels[i];
    }
    for (ConfidenceBin& bin : bins) {
        if (bin.count == 0) continue;
        bin.confidence /= bin.count;
        bin.accuracy /= bin.count;
    }
    return bins;
}

double expected_calibration_error(const std::vector<ConfidenceBin>& bins) {
    double error = 0;
    int count = 0;
    for (const ConfidenceBin& bin : bins) {
        error += bin.count * std::abs(bin.confidence - bin.accuracy);
        count += bin.count;
    }
    return count == 0 ? 0 : error / count;
}

Calibration calibrate(const Evaluation& seen, std::span<const std::uint8_t> labels, double kept) {
    Calibration result;
    const double logarithm = golden_section(std::log(0.1), std::log(10.0), [&](double t) {
        return mean_loss(seen, labels, std::exp(t));
    });
    result.temperature = static_cast<float>(std::exp(logarithm));
    result.error_before = expected_calibration_error(confidence_bins(seen, labels, 1));
    result.error_after =
        expected_calibration_error(confidence_bins(seen, labels, result.temperature));
    std::vector<float> confidences;
    for (const Logits& logits : seen.logits) {
        const Logits p = probabilities_of(logits, result.temperature);
        confidences.push_back(*std::max_element(p.begin(), p.end()));
    }
    const auto lost = static_cast<std::ptrdiff_t>((1 - kept) * static_cast<double>(labels.size()));
    std::nth_element(confidences.begin(), confidences.begin() + lost, confidences.end());
    result.uncertain_below =
        std::min(kMaxUncertainBelow, confidences[static_cast<std::size_t>(lost)]);
    return result;
}

}  // namespace digit
