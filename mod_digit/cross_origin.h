// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mod_digit/exchange.h"

namespace digit {

// What lets pages of other origins read this answer, as DigitAllowOrigin says. Corrections are
// never for them.
void set_cross_origin_headers(Exchange& exchange);

// What else a browser asks before it sends such a request (a preflight).
void set_preflight_headers(Exchange& exchange);

}  // namespace digit
