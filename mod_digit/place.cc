// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/place.h"

// After httpd.h, which it does not include itself.
#include <http_core.h>

#include <algorithm>
#include <cstring>

#include "mod_digit/mounts.h"

namespace digit {

bool any_encloses(const std::vector<std::string>& urls, std::string_view path) {
    return std::any_of(urls.begin(), urls.end(),
                       [&](const std::string& url) { return encloses(url, path); });
}

// httpd keeps what SetHandler says as an expression, even where it is a plain word.
bool is_handler_here(request_rec* r) {
    const auto* core =
        static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
    const char* error = nullptr;
    const char* name = core->expr_handler != nullptr
                           ? ap_expr_str_exec(r, core->expr_handler, &error)
                           : core->handler;
    return error == nullptr && name != nullptr && strcmp(name, "digit") == 0;
}

}  // namespace digit
