// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mod_digit/exchange.h"

namespace digit {

// POST v2/models/digit/infer.
int infer(Exchange& exchange);

}  // namespace digit
