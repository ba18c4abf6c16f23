// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mod_digit/static_file.h"

namespace digit {

// docs/openapi.json as it was when the module was built. Its only server is ".", so that it holds
// wherever the handler is mounted.
const StaticFile& openapi_document();

}  // namespace digit
