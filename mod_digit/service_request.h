// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mod_digit/exchange.h"
#include "mod_digit/static_file.h"

namespace digit {

// GET of what machines ask: metadata, live, ready, metrics, openapi.json.
int tell_service(Exchange& exchange);

// A file that clients may keep: with its ETag, 304 to those that have it. The file lives as long
// as the configuration.
int send_cacheable(Exchange& exchange, const StaticFile& file);

}  // namespace digit
