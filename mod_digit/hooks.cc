// SPDX-License-Identifier: Apache-2.0
// What the module does when, and what happens when it cannot.
#include <httpd.h>
// After httpd.h, which they do not include themselves.
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_status.h>

#include <cstring>

#include "mod_digit/config.h"
#include "mod_digit/exchange.h"
#include "mod_digit/file_lookup.h"
#include "mod_digit/guard.h"
#include "mod_digit/handler.h"
#include "mod_digit/keep_alive_wait.h"
#include "mod_digit/quick_handler.h"
#include "mod_digit/status_section.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

// Loads everything; where something cannot be loaded, says why and stops httpd.
int load_or_refuse(apr_pool_t* pool, server_rec* server, Purpose purpose) noexcept {
    const auto refuse = [server](const char* reason) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, "%s", reason);
        return HTTP_INTERNAL_SERVER_ERROR;
    };
    return guarded(
        [&] {
            const std::optional<LoadFault> fault = load_configuration(pool, server, purpose);
            return fault ? refuse(fault->reason.c_str()) : OK;
        },
        refuse);
}

extern "C" {

// `apachectl configtest` ends after this hook, and a start passes it first while the terminal is
// still there to tell the reason to. What is loaded here goes with the temporary configuration,
// but for what is left in read_ahead.h.
static int check_config(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* server) noexcept {
    const bool test = ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
    const bool first_pass = ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL &&
                            ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
    if (!test && !first_pass) return OK;
    return load_or_refuse(pool, server, test ? Purpose::kTest : Purpose::kReadAhead);
}

static int post_config(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* server) noexcept {
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
    return load_or_refuse(pool, server, Purpose::kServe);
}

static int translate_name(request_rec* r) noexcept { return note_location(r); }

static int map_to_storage(request_rec* r) noexcept { return skip_file_lookup(r); }

// A mount point at "/" or at the name of a real folder is not for mod_dir, which would redirect
// it or look for an index.html.
static int hide_folder_from_mod_dir(request_rec* r) noexcept {
    if (r->handler != nullptr && strcmp(r->handler, "digit") == 0) r->finfo.filetype = APR_NOFILE;
    return DECLINED;
}

static int handler(request_rec* r) noexcept {
    if (r->handler == nullptr || strcmp(r->handler, "digit") != 0) return DECLINED;
    return handle_request(r);
}

static int quick_handler(request_rec* r, int lookup) noexcept {
    return lookup != 0 ? DECLINED : answer_quickly(r);
}

static void insert_error_filter(request_rec* r) noexcept { head_error_answer(r); }

static int status_hook(request_rec* r, int flags) noexcept { return tell_status(r, flags); }

}  // extern "C"
}  // namespace
}  // namespace digit

extern "C" void digit_register_hooks(apr_pool_t*) noexcept {
    ap_hook_check_config(digit::check_config, nullptr, nullptr, APR_HOOK_MIDDLE);
    ap_hook_post_config(digit::post_config, nullptr, nullptr, APR_HOOK_MIDDLE);
    ap_hook_translate_name(digit::translate_name, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
    // After those who answer here, such as TRACE and "OPTIONS *"; core comes really last.
    ap_hook_map_to_storage(digit::map_to_storage, nullptr, nullptr, APR_HOOK_LAST);
    ap_hook_fixups(digit::hide_folder_from_mod_dir, nullptr, nullptr, APR_HOOK_FIRST);
    ap_hook_insert_error_filter(digit::insert_error_filter, nullptr, nullptr, APR_HOOK_MIDDLE);
    ap_hook_quick_handler(digit::quick_handler, nullptr, nullptr, APR_HOOK_MIDDLE);
    ap_hook_handler(digit::handler, nullptr, nullptr, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, digit::status_hook, nullptr, nullptr, APR_HOOK_MIDDLE);
    digit::register_keep_alive_wait();
}
