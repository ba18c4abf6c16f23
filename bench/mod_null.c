/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a handler of a posted form can do: read the body, answer a constant. What httpd
   and the kernel take by themselves; mod_digit's cost is measured beside it. */
#include <httpd.h>

#include <http_config.h>
#include <http_protocol.h>

static int answer(request_rec* r) {
    char buffer[8192];
    long got;
    static const char json[] = "{\"prediction\":7,\"confidence\":0.9987}\n";
    if (strcmp(r->handler, "null") != 0) return DECLINED;
    if (ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK) != OK) return HTTP_BAD_REQUEST;
    if (ap_should_client_block(r))
        while ((got = ap_get_client_block(r, buffer, sizeof buffer)) > 0) continue;
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, sizeof json - 1);
    ap_rwrite(json, sizeof json - 1, r);
    return OK;
}

static void hooks(apr_pool_t* pool) {
    (void)pool;
    ap_hook_handler(answer, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(null) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0};
