// SPDX-License-Identifier: Apache-2.0
// A request's body in memory, bounded. Nothing touches the disk.
#pragma once

#include <httpd.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mod_digit/problem.h"

namespace digit {

// Another module has already answered; the handler returns this status to httpd at once.
struct AlreadyAnswered {
    int status;
};

// A body's bytes, which live as long as it and its request.
class Body {
  public:
    // They lie elsewhere, for as long as the request.
    explicit Body(std::span<const std::uint8_t> bytes) : lying_(bytes) {}
    explicit Body(std::vector<std::uint8_t>&& bytes) : own_(std::move(bytes)), lying_(own_) {}
    // A vector that is moved keeps its bytes where they are.
    Body(Body&&) = default;
    Body& operator=(Body&&) = default;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    std::span<const std::uint8_t> bytes() const { return lying_; }
    std::string_view text() const {
        return {reinterpret_cast<const char*>(lying_.data()), lying_.size()};
    }

  private:
    std::vector<std::uint8_t> own_;
    std::span<const std::uint8_t> lying_;
};

// Called before a refusal that leaves the body unread, or read in part. HTTP/1 closes the
// connection behind the answer, so that httpd does not read the rest. HTTP/2 would reset the
// stream, and curl 7.88 loses an answer that a reset follows; so up to 16 MiB, a phone's largest
// picture, are read and dropped first.
void leave_body_unread(request_rec* r);

// Reads the whole body, whatever carries it (Content-Length, chunks, HTTP/2), of at most max_bytes.
// A Content-Length over that is refused before a byte is read.
std::variant<Body, Problem, AlreadyAnswered> read_body(request_rec* r, std::size_t max_bytes);

}  // namespace digit
