// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httpd.h>

namespace digit {

// mod_status calls it for the module's part of /server-status, in HTML or as the lines of ?auto.
int tell_status(request_rec* r, int flags) noexcept;

}  // namespace digit
