// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/exchange.h"

#include <apr_strings.h>
// After httpd.h, which they do not include themselves.
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "mod_digit/apr_rings.h"
#include "mod_digit/request_id.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

std::string_view text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// The client's own, mod_unique_id's, or one of ours; where an answer was begun already, its own.
const char* id_of(const request_rec* r) {
    for (const char* given : {apr_table_get(r->headers_out, "X-Request-ID"),
                              apr_table_get(r->headers_in, "X-Request-ID"),
                              apr_table_get(r->subprocess_env, "UNIQUE_ID")})
        if (is_request_id(text_or_empty(given))) return given;
    const RequestId id = new_request_id();
    return apr_pstrmemdup(r->pool, id.data(), id.size());
}

// Where it matters: below_mount() looks for it in folders alone.
std::string file_of(const request_rec* r, const MountTable& mounts) {
    if (mounts.folders.empty()) return {};
    std::string file(text_or_empty(r->filename));
    file += text_or_empty(r->path_info);
    return file;
}

// Where the id is kept beside the headers, which httpd drops where it answers itself.
constexpr char kIdNote[] = "digit-request-id";
constexpr std::pair<const char*, const char*> kNoSniff = {"X-Content-Type-Options", "nosniff"};

}  // namespace

void head_error_answer(request_rec* r) {
    const char* id = apr_table_get(r->notes, kIdNote);
    if (id == nullptr) return;
    for (const auto& [name, value] : {std::pair{"X-Request-ID", id}, kNoSniff}) {
        apr_table_unset(r->headers_out, name);  // which a 304 keeps
        apr_table_setn(r->err_headers_out, name, value);
    }
}

Exchange::Exchange(request_rec* r)
    : r_(r),
      config_(merged(server_config(r->server).defaults, *location_config(r->per_dir_config))),
      limits_(limits_of(config_)),
      below_(below_mount(server_config(r->server).mounts, r->uri,
                         file_of(r, server_config(r->server).mounts))),
      route_(digit::route(r->method, below_.path, header("Accept"))),
      id_(id_of(r)),
      scratches_(server_config(r->server).scratches),
      counters_(server_config(r->server).counters),
      timed_(counters_ != nullptr && counters_->times_this_one()) {
    limits_.large_decodes = server_config(r->server).large_decodes;
    if (timed_) begun_ = Clock::now();
    // httpd's own %L, unless an earlier line of the log has named another already.
    if (r->log_id == nullptr) r->log_id = id_;
    apr_table_setn(r->headers_out, "X-Request-ID", id_);
    apr_table_setn(r->headers_out, kNoSniff.first, kNoSniff.second);
    apr_table_setn(r->notes, kIdNote, id_);
}

std::string_view Exchange::header(const char* name) const {
    return text_or_empty(apr_table_get(r_->headers_in, name));
}

const Model* Exchange::model() const {
    return config_.model != nullptr && config_.model->value ? &*config_.model->value : nullptr;
}

std::string Exchange::absolute_url(std::string_view path) const {
    const std::string encoded = percent_encoded(below_.mount).append(path);
    return ap_construct_url(r_->pool, encoded.c_str(), r_);
}

void Exchange::set_header(const char* name, std::string_view value) {
    apr_table_setn(r_->headers_out, name, apr_pstrmemdup(r_->pool, value.data(), value.size()));
}

void Exchange::note_for_log(const char* name, const std::string& value) {
    apr_table_setn(r_->subprocess_env, name, apr_pstrmemdup(r_->pool, value.data(), value.size()));
}

void Exchange::log(LogLevel level, const std::string& sentence) {
    ap_log_rerror(APLOG_MARK, level == LogLevel::kError ? APLOG_ERR : APLOG_INFO, 0, r_,
                  "%s [request %s]", sentence.c_str(), id_);
}

void Exchange::add_to_vary(const char* name) { apr_table_mergen(r_->headers_out, "Vary", name); }

std::int64_t Exchange::ns_since(Clock::time_point start) const {
    return std::chrono::nanoseconds(Clock::now() - start).count();
}

std::variant<Body, Problem, AlreadyAnswered> Exchange::read(std::size_t max_bytes) {
    if (!timed_) return read_body(r_, max_bytes);
    const Clock::time_point start = Clock::now();
    auto body = read_body(r_, max_bytes);
    counters_->observe_stage(Stage::kBody, ns_since(start));
    return body;
}

void Exchange::end_classification() {
    if (!timed_) return;
    counters_->observe_stage(Stage::kDecode, times_.decode_ns);
    counters_->observe_stage(Stage::kFrame, times_.frame_ns);
    counters_->observe_stage(Stage::kNetwork, times_.network_ns);
    classified_ = Clock::now();
}

void Exchange::leave_unread() {
    const std::string_view length = header("Content-Length");
    if (!header("Transfer-Encoding").empty() || (!length.empty() && length != "0"))
        leave_body_unread(r_);
}

int Exchange::condition(std::string_view etag) {
    // The client may have it compressed on the way: the same version, and the 304 has to name the
    // tag under which a cache keeps it.
    for (const char* coding : {"-gzip", "-br"}) {
        const std::string coded = std::string(etag.substr(0, etag.size() - 1)) + coding + '"';
        if (header("If-None-Match").find(coded) == std::string_view::npos) continue;
        set_header("ETag", coded);
        const int condition = ap_meets_conditions(r_);
        if (condition != OK) return condition;
    }
    set_header("ETag", etag);
    return ap_meets_conditions(r_);
}

int Exchange::send(int status, std::string_view type, const std::string& bytes) {
    const char* copy = apr_pstrmemdup(r_->pool, bytes.data(), bytes.size());
    const auto in_pool = [this](const char* data, apr_size_t size, apr_bucket_alloc_t* list) {
        return apr_bucket_pool_create(data, size, r_->pool, list);
    };
    return pass(status, type, {copy, bytes.size()}, in_pool);
}

int Exchange::send_constant(int status, std::string_view type, std::string_view bytes) {
    return pass(status, type, bytes, apr_bucket_immortal_create);
}

int Exchange::finish(int status) {
    // What httpd has answered already, as it read the body, says in r_ with which status.
    const int told = status == AP_FILTER_ERROR ? r_->status : status;
    if (counters_ != nullptr) counters_->count_request(route_.endpoint, told);
    if (!timed_) return status;
    counters_->observe_request(ns_since(begun_));
    if (classified_ != Clock::time_point())
        counters_->observe_stage(Stage::kAnswer, ns_since(classified_));
    return status;
}

// make_bucket: how the bytes outlive the handler.
template <class MakeBucket>
int Exchange::pass(int status, std::string_view type, std::string_view bytes,
                   MakeBucket make_bucket) {
    r_->status = status;
    if (!type.empty()) ap_set_content_type(r_, apr_pstrmemdup(r_->pool, type.data(), type.size()));
    apr_bucket_alloc_t* list = r_->connection->bucket_alloc;
    apr_bucket_brigade* brigade = apr_brigade_create(r_->pool, list);
    if (!bytes.empty()) {
        ap_set_content_length(r_, static_cast<apr_off_t>(bytes.size()));
        APR_BRIGADE_INSERT_TAIL(brigade, make_bucket(bytes.data(), bytes.size(), list));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(list));
    finish(status);  // first, so that whoever has the answer finds it counted
    const apr_status_t sent = ap_pass_brigade(r_->output_filters, brigade);
    if (sent != APR_SUCCESS)
        ap_log_rerror(APLOG_MARK, APLOG_INFO, sent, r_, "the answer could not be sent");
    return OK;
}

}  // namespace digit
