// SPDX-License-Identifier: Apache-2.0
#include "trainer/confusion.h"

#include <cstdio>

namespace digit {

int Confusion::total() const {
    int sum = 0;
    for (const auto& row : counts_)
        for (int count : row) sum += count;
    return sum;
}

int Confusion::correct() const {
    int sum = 0;
    for (std::size_t digit = 0; digit < counts_.size(); ++digit) sum += counts_[digit][digit];
    return sum;
}

std::string Confusion::text() const {
    char cell[64];
    std::string text = "label";
    for (int answer = 0; answer < kDigits; ++answer) {
        std::snprintf(cell, sizeof cell, "%6d", answer);
        text += cell;
    }
    text += " refused\n";
    for (int label = 0; label < kDigits; ++label) {
        std::snprintf(cell, sizeof cell, "%5d", label);
        text += cell;
        for (int answer = 0; answer <= kDigits; ++answer) {
            std::snprintf(cell, sizeof cell, answer < kDigits ? "%6d" : "%8d",
                          count(label, answer));
            text += cell;
        }
        text += '\n';
    }
    const int all = total();
    std::snprintf(cell, sizeof cell, "accuracy: %.4f (%d of %d)\n",
                  all == 0 ? 0.0 : correct() / static_cast<double>(all), correct(), all);
    return text + cell;
}

}  // namespace digit
