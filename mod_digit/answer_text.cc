// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/answer.h"

namespace digit {

std::string text_answer(std::span<const Outcome> outcomes) {
    std::string lines;
    for (const Outcome& outcome : outcomes) {
        if (const auto* result = std::get_if<Classification>(&outcome))
            lines += std::to_string(result->digit);
        else
            lines += std::get<Problem>(outcome).message();
        lines += '\n';
    }
    return lines;
}

}  // namespace digit
