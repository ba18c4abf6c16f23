// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/keep_alive_wait.h"

#include <apr_portable.h>
#include <poll.h>
// After httpd.h, which they do not include themselves.
#include <ap_mpm.h>
#include <http_connection.h>
#include <http_core.h>
#include <scoreboard.h>
#include <util_filter.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "mod_digit/apr_rings.h"
#include "mod_digit/bridge.h"

namespace digit {
namespace {

// What is known of a connection, in its pool.
struct NextRequest {
    std::uint64_t wait_ms = 0;  // once, behind the answer that is being made
    apr_time_t answered = 0;    // when the last one was, and nothing else was there to read
    bool soon = false;          // whether the request came within wait_ms of that
};

ap_filter_rec_t* filter = nullptr;
std::atomic<int> connections = 0;  // of this process

int of_mpm(int question) {
    int answer = 0;
    return ap_mpm_query(question, &answer) == APR_SUCCESS ? answer : 0;
}

// Whether each of the process's connections could have a thread, and a quarter of them be left.
// Where there are fewer, those that wait keep others from being served.
bool threads_are_plenty() {
    static const int threads = of_mpm(AP_MPMQ_MAX_THREADS);
    return connections.load(std::memory_order_relaxed) * 4 <= threads * 3;
}

// Whether the client has all of the answer, of which a small one is not sent before httpd has
// looked for a next request. As an event MPM does then: never waits for the client.
bool is_sent(conn_rec* c) {
    ap_filter_t* last = c->output_filters;
    while (last->next != nullptr) last = last->next;
    return last->frec->filter_func.out_func(last, nullptr) == APR_SUCCESS && !c->aborted &&
           c->data_in_output_filters == 0;
}

// Whether something comes within the time, or the connection ends.
bool comes(conn_rec* c, std::uint64_t ms) {
    apr_os_sock_t socket;
    if (apr_os_sock_get(&socket, ap_get_conn_socket(c)) != APR_SUCCESS) return false;
    ap_update_child_status(static_cast<ap_sb_handle_t*>(c->sbh), SERVER_BUSY_KEEPALIVE, nullptr);
    pollfd asked = {socket, POLLIN, 0};
    return poll(&asked, 1, static_cast<int>(ms)) > 0;
}

bool is_nothing(apr_status_t status, const apr_bucket_brigade* brigade) {
    return APR_STATUS_IS_EAGAIN(status) || (status == APR_SUCCESS && APR_BRIGADE_EMPTY(brigade));
}

extern "C" {

static apr_status_t read_or_wait(ap_filter_t* f, apr_bucket_brigade* brigade, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t bytes) noexcept {
    const auto read = [&] { return ap_get_brigade(f->next, brigade, mode, block, bytes); };
    const apr_status_t status = read();
    // So httpd asks, behind an answer, whether the next request is there already.
    if (mode != AP_MODE_SPECULATIVE || block != APR_NONBLOCK_READ || !is_nothing(status, brigade))
        return status;
    auto& next = *static_cast<NextRequest*>(f->ctx);
    // Not again behind an empty line, which some clients send, nor behind another handler's answer.
    const std::uint64_t ms = std::exchange(next.wait_ms, 0);
    if (ms == 0) return status;
    next.answered = apr_time_now();
    const bool waits = next.soon && threads_are_plenty() && is_sent(f->c);
    return waits && comes(f->c, ms) ? read() : status;
}

static apr_status_t forget_connection(void*) noexcept {
    connections.fetch_sub(1, std::memory_order_relaxed);
    return APR_SUCCESS;
}

static int count_connection(conn_rec* c, void*) noexcept {
    // A stream of HTTP/2, or mod_proxy's to a server behind.
    if (c->master != nullptr || c->outgoing != 0) return DECLINED;
    connections.fetch_add(1, std::memory_order_relaxed);
    apr_pool_cleanup_register(c->pool, nullptr, forget_connection, apr_pool_cleanup_null);
    return DECLINED;
}

}  // extern "C"
}  // namespace

void register_keep_alive_wait() noexcept {
    ap_hook_pre_connection(count_connection, nullptr, nullptr, APR_HOOK_MIDDLE);
    filter = ap_register_input_filter("DIGIT_KEEP_ALIVE_WAIT", read_or_wait, nullptr,
                                      AP_FTYPE_CONNECTION);
}

void wait_for_next_request(request_rec* r, std::uint64_t ms) noexcept {
    static const bool is_async = of_mpm(AP_MPMQ_IS_ASYNC) != 0;
    conn_rec* const c = r->connection;
    auto* next = static_cast<NextRequest*>(ap_get_module_config(c->conn_config, &digit_module));
    if (next == nullptr) {
        if (ms == 0 || !is_async || c->master != nullptr) return;
        next = new (apr_palloc(c->pool, sizeof(NextRequest))) NextRequest;
        ap_set_module_config(c->conn_config, &digit_module, next);
        ap_add_input_filter_handle(filter, next, nullptr, c);
    }
    // A connection is not kept longer than httpd would.
    const auto longest =
        std::min(apr_time_from_msec(static_cast<apr_time_t>(ms)), r->server->keep_alive_timeout);
    next->wait_ms = static_cast<std::uint64_t>(apr_time_as_msec(longest));
    next->soon = next->answered != 0 && r->request_time - next->answered <= longest;
}

}  // namespace digit
