// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/body.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "libdigit/kept_blocks.h"
#include "mod_digit/apr_rings.h"

namespace digit {
namespace {

// What one read asks for, and what is reserved on the word of a Content-Length alone: a client
// that announces much and sends little costs no more than this.
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr apr_off_t kDropBytes = 16 * 1024 * 1024;

Problem too_large(std::size_t max_bytes, const std::string& found) {
    return make_problem(Fault::kBodyTooLarge,
                        found + "; at most " + std::to_string(max_bytes) + " are taken here");
}

Problem unreadable(const request_rec* r, int status) {
    switch (status) {
        case HTTP_REQUEST_TIME_OUT:
            return make_problem(Fault::kSlowBody, "the body did not arrive in time");
        // Of httpds that leave it to the handler; others, such as Debian 12's, answer it
        // themselves, and no test reaches this there.
        case HTTP_REQUEST_ENTITY_TOO_LARGE:
            return make_problem(Fault::kBodyTooLarge,
                                "the body has more than the " +
                                    std::to_string(ap_get_limit_req_body(r)) +
                                    " bytes that the server's LimitRequestBody allows");
        default:
            return make_problem(Fault::kBrokenBody, "the body could not be read to its end");
    }
}

// The announced length, or 0 where there is none; httpd has refused what is not a number.
std::size_t announced_bytes(const request_rec* r) {
    const char* header = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length = 0;
    if (header == nullptr || apr_strtoff(&length, header, nullptr, 10) != APR_SUCCESS) return 0;
    return length < 0 ? 0 : static_cast<std::size_t>(length);
}

enum class Progress { kMore, kEnd, kTooLarge };

// The body where the brigade holds it, if that is all of it and in one bucket, as a small one is:
// the brigade is the request's. Nothing where it has to be copied.
std::optional<Body> lying_in(apr_bucket_brigade* brigade, request_rec* r, std::size_t max_bytes) {
    apr_bucket* const only = APR_BRIGADE_FIRST(brigade);
    const auto ends_behind_it = [&] {
        const apr_bucket* next = APR_BUCKET_NEXT(only);
        return next != APR_BRIGADE_SENTINEL(brigade) && APR_BUCKET_IS_EOS(next);
    };
    if (APR_BRIGADE_EMPTY(brigade) || APR_BUCKET_IS_METADATA(only) || !ends_behind_it())
        return std::nullopt;
    const char* data = nullptr;
    apr_size_t size = 0;
    // What lies in a filter's memory, which its next read writes over, is copied by setaside. One
    // of unknown length, such as a pipe's, is longer than any; a file's may be split as it is read.
    if (only->length > max_bytes || apr_bucket_setaside(only, r->pool) != APR_SUCCESS ||
        apr_bucket_read(only, &data, &size, APR_BLOCK_READ) != APR_SUCCESS || !ends_behind_it())
        return std::nullopt;
    return Body(std::span(reinterpret_cast<const std::uint8_t*>(data), size));
}

// Moves the brigade's data to the end of `body`.
Progress take(apr_bucket_brigade* brigade, std::size_t max_bytes, std::vector<std::uint8_t>& body,
              apr_status_t& status) {
    for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade);
         b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_EOS(b)) return Progress::kEnd;
        if (APR_BUCKET_IS_METADATA(b)) continue;
        const char* data = nullptr;
        apr_size_t size = 0;
        status = apr_bucket_read(b, &data, &size, APR_BLOCK_READ);
        if (status != APR_SUCCESS) return Progress::kEnd;
        if (size > max_bytes - body.size()) return Progress::kTooLarge;
        body.insert(body.end(), data, data + size);
    }
    return Progress::kMore;
}

}  // namespace

void leave_body_unread(request_rec* r) {
    if (r->proto_num < HTTP_VERSION(2, 0)) {
        r->connection->keepalive = AP_CONN_CLOSE;
        return;
    }
    apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    for (apr_off_t dropped = 0; dropped < kDropBytes;) {
        const apr_status_t status = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES,
                                                   APR_BLOCK_READ, kReadBytes);
        apr_off_t size = 0;
        if (status != APR_SUCCESS || APR_BRIGADE_EMPTY(brigade) ||
            APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade)) ||
            apr_brigade_length(brigade, 1, &size) != APR_SUCCESS)
            break;
        dropped += size;
        apr_brigade_cleanup(brigade);
    }
    apr_brigade_cleanup(brigade);
}

std::variant<Body, Problem, AlreadyAnswered> read_body(request_rec* r, std::size_t max_bytes) {
    const auto refused = [r](Problem problem) {
        leave_body_unread(r);
        return problem;
    };
    const std::size_t announced = announced_bytes(r);
    if (announced > max_bytes)
        return refused(
            too_large(max_bytes, "the body has " + std::to_string(announced) + " bytes"));

    std::vector<std::uint8_t> body;
    apr_bucket_brigade* brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    for (Progress progress = Progress::kMore; progress == Progress::kMore;) {
        apr_status_t status = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES,
                                             APR_BLOCK_READ, kReadBytes);
        if (status == APR_SUCCESS && body.capacity() == 0) {  // the first time
            if (auto whole = lying_in(brigade, r, max_bytes)) return std::move(*whole);
            reserve_handed_on(body, std::min(announced, kReadBytes));
        }
        if (status == APR_SUCCESS) progress = take(brigade, max_bytes, body, status);
        apr_brigade_cleanup(brigade);
        if (status != APR_SUCCESS) {
            const int http_status = ap_map_http_request_error(status, HTTP_BAD_REQUEST);
            if (http_status == AP_FILTER_ERROR) return AlreadyAnswered{http_status};
            return refused(unreadable(r, http_status));
        }
        if (progress == Progress::kTooLarge)
            return refused(too_large(
                max_bytes, "the body goes on after " + std::to_string(max_bytes) + " bytes"));
    }
    return Body(std::move(body));
}

}  // namespace digit
