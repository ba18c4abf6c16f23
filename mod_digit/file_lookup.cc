// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/file_lookup.h"

// After httpd.h, which it does not include itself.
#include <http_request.h>

#include "mod_digit/config.h"
#include "mod_digit/place.h"

namespace digit {

int skip_file_lookup(request_rec* r) noexcept {
    if (r->proxyreq != PROXYREQ_NONE ||
        !any_encloses(server_config(r->server).unlooked_urls, r->uri))
        return DECLINED;
    // httpd has put back the server's own configuration, from which the walk through folders
    // starts. It merges <Location> again after this hook, and finds here that it is done.
    ap_conf_vector_t* const of_server = r->per_dir_config;
    if (ap_location_walk(r) == OK &&
        location_config(r->per_dir_config)->skip_file_lookup.value_or(false) && is_handler_here(r))
        return OK;
    r->per_dir_config = of_server;
    return DECLINED;
}

}  // namespace digit
