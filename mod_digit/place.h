// SPDX-License-Identifier: Apache-2.0
// What a request's <Location> says before httpd has chosen a handler.
#pragma once

#include <httpd.h>

#include <string>
#include <string_view>
#include <vector>

namespace digit {

// Whether one of these <Location>s encloses the path: a cheap question, before httpd is asked to
// merge what stands there.
bool any_encloses(const std::vector<std::string>& urls, std::string_view path);

// Whether SetHandler makes this module the handler, as far as r->per_dir_config is merged.
bool is_handler_here(request_rec* r);

}  // namespace digit
