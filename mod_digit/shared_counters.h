// SPDX-License-Identifier: Apache-2.0
// The counters' memory, as long as httpd's first process lives.
#pragma once

#include <httpd.h>

#include "mod_digit/counters.h"

namespace digit {

// The one of this httpd: made on the first call, before httpd forks, and inherited by every worker;
// the same after a graceful restart, so that nothing is lost and old workers go on counting. Null
// where the memory cannot be had; the log says so.
Counters* shared_counters(server_rec* server);

}  // namespace digit
