// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mod_digit/exchange.h"

namespace digit {

// POST feedback: keeps what the page says a digit really was, where DigitFeedbackDir allows it.
int take_correction(Exchange& exchange);

}  // namespace digit
