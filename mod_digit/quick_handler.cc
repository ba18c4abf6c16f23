// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/quick_handler.h"

// After httpd.h, which they do not include themselves.
#include <http_core.h>
#include <http_request.h>

#include "mod_digit/config.h"
#include "mod_digit/handler.h"
#include "mod_digit/place.h"

namespace digit {
namespace {

bool may_be_quick(const request_rec* r) {
    const std::vector<std::string>& places = server_config(r->server).quick_urls;
    // A TRACE is httpd's own.
    if (places.empty() || r->proxyreq != PROXYREQ_NONE || r->method_number == M_TRACE) return false;
    return any_encloses(places, r->uri) && is_literal_path(r->uri);
}

// As ap_process_request_internal() asks; OK, DECLINED where it goes on to ask for a password, or
// the refusal's status.
int access_of(request_rec* r) {
    if (ap_satisfies(r) == SATISFY_ANY) return DECLINED;
    const int status = ap_run_access_checker(r);
    return status == OK ? ap_run_access_checker_ex(r) : status;
}

}  // namespace

int answer_quickly(request_rec* r) noexcept {
    if (!may_be_quick(r)) return DECLINED;
    ap_conf_vector_t* const of_server = r->per_dir_config;
    if (ap_location_walk(r) != OK || !location_config(r->per_dir_config)->quick.value_or(false) ||
        !is_handler_here(r)) {
        r->per_dir_config = of_server;
        return DECLINED;
    }
    if (const int status = access_of(r); status != OK) return status;
    r->handler = "digit";
    ap_run_insert_filter(r);
    return handle_request(r);
}

}  // namespace digit
