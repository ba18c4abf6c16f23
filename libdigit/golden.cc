// SPDX-License-Identifier: Apache-2.0
#include "libdigit/golden.h"

#include <array>
#include <cstdint>
#include <span>

#include "libdigit/classify.h"

namespace digit {
namespace {

#include "libdigit/golden_pictures.inc"

constexpr std::array<std::span<const std::uint8_t>, kGoldenPictures> kPictures{
    kGolden0, kGolden1, kGolden2, kGolden3, kGolden4,
    kGolden5, kGolden6, kGolden7, kGolden8, kGolden9,
};

}  // namespace

GoldenTrial try_golden_pictures(const Model& model) {
    GoldenTrial trial;
    ClassifyScratch scratch;
    const auto results = classify(kPictures, model, Limits{}, scratch);
    for (std::size_t digit = 0; digit < results.size(); ++digit) {
        const auto& result = results[digit];
        if (result.ok() && result->digit == static_cast<int>(digit)) {
            ++trial.right;
            continue;
        }
        if (!trial.wrong.empty()) trial.wrong += ", ";
        // A status is unreachable by a test: these pictures fail for lack of memory or time.
        trial.wrong += std::to_string(digit) + " as " +
                       (result.ok() ? std::to_string(result->digit) : result.status().message());
    }
    return trial;
}

}  // namespace digit
