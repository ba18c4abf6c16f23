// SPDX-License-Identifier: Apache-2.0
// A small data set for the tests.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/dataset.h"
#include "trainer/random.h"
#include "trainer/settings.h"

namespace digit::test {

// Pictures that a network can learn: a bright bar whose place is the label, in noise.
inline Dataset bars(int count, std::uint64_t seed) {
    Dataset data;
    Random random(seed, Stream::kShuffle);
    for (int i = 0; i < count; ++i) {
        const int label = static_cast<int>(random.below(10));
        std::vector<std::uint8_t> picture(784);
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                const bool bar = x / 2 == label + 2 && random.uniform() < 0.6f;
                picture[static_cast<std::size_t>(y * 28 + x)] =
                    static_cast<std::uint8_t>(random.below(120) + (bar ? 120 : 0));
            }
        data.append(picture, label);
    }
    return data;
}

// By which they are learnt in a few epochs.
inline Settings settings_for_bars(int epochs) {
    Settings settings;
    settings.hidden = {48, 32};
    settings.batch_size = 32;
    settings.epochs = epochs;
    settings.threads = 2;
    settings.learning_rate = 0.003f;
    return settings;
}

}  // namespace digit::test
