// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/quick_handler.h"

// After httpd.h, which they do not include themselves.
#include <http_core.h>
#include <http_request.h>

#include <algorithm>
#include <cstring>

#include "mod_digit/config.h"
#include "mod_digit/handler.h"

namespace digit {
namespace {

bool may_be_quick(const request_rec* r) {
    const std::vector<std::string>& places = server_config(r->server).quick_urls;
    // A TRACE is httpd's own.
    if (places.empty() || r->proxyreq != PROXYREQ_NONE || r->method_number == M_TRACE) return false;
    const std::string_view path = r->uri;
    return std::any_of(places.begin(), places.end(),
                       [&](const std::string& place) { return encloses(place, path); }) &&
           is_literal_path(path);
}

// httpd keeps what SetHandler says as an expression, even where it is a plain word.
bool is_for_us(request_rec* r) {
    const auto* core =
        static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
    const char* error = nullptr;
    const char* name = core->expr_handler != nullptr
                           ? ap_expr_str_exec(r, core->expr_handler, &error)
                           : core->handler;
    return error == nullptr && name != nullptr && strcmp(name, "digit") == 0;
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
    if (const int status = ap_location_walk(r); status != OK) return DECLINED;
    if (!location_config(r->per_dir_config)->quick.value_or(false) || !is_for_us(r))
        return DECLINED;
    if (const int status = access_of(r); status != OK) return status;
    r->handler = "digit";
    ap_run_insert_filter(r);
    return handle_request(r);
}

}  // namespace digit
