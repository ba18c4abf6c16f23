// SPDX-License-Identifier: Apache-2.0
// The short way to a request of a place with DigitQuickHandler on: answered before httpd maps its
// URL to a file, which no answer of this module needs.
#pragma once

#include <httpd.h>

namespace digit {

// Answers what a <Location> with this handler and DigitQuickHandler on encloses, if access control
// lets it pass without asking who it is; declines everything else, which then goes the ordinary
// way. What says no on the way is httpd's answer, as it would be there.
int answer_quickly(request_rec* r) noexcept;

}  // namespace digit
