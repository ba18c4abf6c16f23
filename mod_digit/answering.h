// SPDX-License-Identifier: Apache-2.0
// One result, several renderings: sends what came of a request in the format its route chose.
#pragma once

#include <span>

#include "mod_digit/exchange.h"
#include "mod_digit/upload.h"

namespace digit {

// All of these log what is to be logged and return what a handler returns to httpd.

// outcomes: at least one.
int answer(Exchange& exchange, std::span<const Outcome> outcomes);

int refuse(Exchange& exchange, Problem problem);
// The same for a request whose body, if it has one, has not been read.
int refuse_unread(Exchange& exchange, Problem problem);

// Whether the page of this place is loaded.
bool page_ready(const Exchange& exchange);
// The page with what came of a request, if there was one; needs page_ready().
int send_page(Exchange& exchange, int status, std::span<const Outcome> outcomes);

}  // namespace digit
