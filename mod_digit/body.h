// SPDX-License-Identifier: Apache-2.0
// A request's body in memory, bounded. Nothing touches the disk.
#pragma once

#include <httpd.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "mod_digit/problem.h"

namespace digit {

// Another module has already answered; the handler returns this status to httpd at once.
struct AlreadyAnswered {
    int status;
};

using Body = std::vector<std::uint8_t>;

// Called before a refusal that leaves the body unread, or read in part. HTTP/1 closes the
// connection behind the answer, so that httpd does not read the rest. HTTP/2 would reset the
// stream, and curl 7.88 loses an answer that a reset follows; so up to 16 MiB, a phone's largest
// picture, are read and dropped first.
void leave_body_unread(request_rec* r);

// Reads the whole body, whatever carries it (Content-Length, chunks, HTTP/2), of at most max_bytes.
// A Content-Length over that is refused before a byte is read.
std::variant<Body, Problem, AlreadyAnswered> read_body(request_rec* r, std::size_t max_bytes);

}  // namespace digit
