// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/shared_counters.h"

#include <sys/mman.h>
// After httpd.h, which they do not include themselves.
#include <http_log.h>

#include <cerrno>
#include <string>

APLOG_USE_MODULE(digit);

namespace digit {

Counters* shared_counters(server_rec* server) {
    apr_pool_t* for_good = server->process->pool;
    // A module of another version, loaded by a graceful restart, has counters of its own.
    const std::string key =
        "mod_digit:counters:" DIGIT_VERSION ":" + std::to_string(sizeof(Counters));
    void* memory = nullptr;
    apr_pool_userdata_get(&memory, key.c_str(), for_good);
    if (memory != nullptr) return static_cast<Counters*>(memory);
    memory =
        mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    // Unreachable by a test: where there is no memory for these few pages, httpd does not start.
    if (memory == MAP_FAILED) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, APR_FROM_OS_ERROR(errno), server,
                     "no memory for the counters of /metrics and server-status");
        return nullptr;
    }
    // The kernel gives zeros, which is what every counter begins with. Nobody unmaps it: the module
    // may be loaded anew while old workers still count.
    apr_pool_userdata_set(memory, key.c_str(), nullptr, for_good);
    return static_cast<Counters*>(memory);
}

}  // namespace digit
