// SPDX-License-Identifier: Apache-2.0
// A connection's next request, waited for by the thread that has answered the one before. Left to
// itself, an event MPM hands a connection back to its listener after each answer and from there to
// another thread, which takes the kernel ten calls and as long as reading a small picture.
#pragma once

#include <httpd.h>

#include <cstdint>

namespace digit {

// For the hook that registers hooks.
void register_keep_alive_wait() noexcept;

// At each request that is answered here: whether its connection's next one is waited for, so many
// milliseconds at most, or KeepAliveTimeout; 0: not. That is done where this one came as soon behind
// the one before, while the process has no more connections than three quarters of its threads, and
// once, behind an answer that has been sent. Not for HTTP/2's streams, nor in MPMs whose threads
// wait anyway.
void wait_for_next_request(request_rec* r, std::uint64_t ms) noexcept;

}  // namespace digit
