// SPDX-License-Identifier: Apache-2.0
#include "libdigit/golden.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "libdigit/classify.h"
#include "libdigit/network.h"

namespace digit {
namespace {

#include "libdigit/golden_pictures.inc"

constexpr std::array<std::span<const std::uint8_t>, kGoldenPictures> kPictures{
    kGolden0, kGolden1, kGolden2, kGolden3, kGolden4,
    kGolden5, kGolden6, kGolden7, kGolden8, kGolden9,
};

// What the network says of what it was shown, or would say if it had no early exit.
int digit_by_all_layers(const Model& model, const Classification& result) {
    std::array<float, kDigits> probabilities;
    forward(model, result.receipt.framed.pixels, 1, probabilities, EarlyExit::kPassed);
    return static_cast<int>(std::ranges::max_element(probabilities) - probabilities.begin());
}

}  // namespace

GoldenTrial try_golden_pictures(const Model& model) {
    GoldenTrial trial;
    ClassifyScratch scratch;
    const auto results = classify(kPictures, model, Limits{}, scratch);
    for (std::size_t digit = 0; digit < results.size(); ++digit) {
        const auto& result = results[digit];
        int said = result.ok() ? result->digit : -1;
        if (said == static_cast<int>(digit)) said = digit_by_all_layers(model, *result);
        if (said == static_cast<int>(digit)) {
            ++trial.right;
            continue;
        }
        if (!trial.wrong.empty()) trial.wrong += ", ";
        // A status is unreachable by a test: these pictures fail for lack of memory or time.
        trial.wrong += std::to_string(digit) + " as " +
                       (result.ok() ? std::to_string(said) : result.status().message());
    }
    return trial;
}

}  // namespace digit
