// SPDX-License-Identifier: Apache-2.0
// A probability as people read it.
#pragma once

#include <cmath>
#include <string_view>

namespace digit {

// "0.9987", rounded, by counting ten-thousandths: std::to_chars of a fraction looks into large
// tables that a server else never touches.
class FourDecimals {
  public:
    // probability: 0 to 1.
    explicit FourDecimals(float probability) {
        int rest = static_cast<int>(std::lround(static_cast<double>(probability) * 10000));
        for (int place = 5; place > 1; rest /= 10) text_[place--] = digit_of(rest % 10);
        text_[0] = digit_of(rest);
    }

    std::string_view fixed() const { return {text_, sizeof text_}; }
    // As JSON has numbers: without the zeros at the end, but for one that follows the point.
    std::string_view shortest() const {
        std::string_view text = fixed();
        while (text.ends_with('0') && !text.ends_with(".0")) text.remove_suffix(1);
        return text;
    }

  private:
    static char digit_of(int value) { return static_cast<char>('0' + value); }

    char text_[6] = {'0', '.', '0', '0', '0', '0'};
};

}  // namespace digit
