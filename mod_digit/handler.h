// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httpd.h>

namespace digit {

// Answers one request whose handler is "digit": routes it, reads its body, classifies, answers.
// Returns what a handler hook returns; every refusal has been answered when it says OK.
int handle_request(request_rec* r) noexcept;

}  // namespace digit
