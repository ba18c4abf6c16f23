// SPDX-License-Identifier: Apache-2.0
// The way of one request. With body.cc the only file that touches request_rec.
#include "mod_digit/handler.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "mod_digit/answer.h"
#include "mod_digit/body.h"
#include "mod_digit/config.h"
#include "mod_digit/guard.h"
#include "mod_digit/route.h"

APLOG_USE_MODULE(digit);

namespace digit {
namespace {

// Everything from this origin, no inline code, nothing from elsewhere; Bootstrap's own stylesheet
// holds its icons as data URLs.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::string_view in_header(const request_rec* r, const char* name) {
    const char* value = apr_table_get(r->headers_in, name);
    return value == nullptr ? std::string_view() : value;
}

// httpd copies the value into the request's pool.
void set_header(request_rec* r, const char* name, const std::string& value) {
    apr_table_set(r->headers_out, name, value.c_str());
}

// One request on its way, with what its location says.
class Exchange {
  public:
    explicit Exchange(request_rec* r)
        : r_(r),
          config_(merged(server_config(r->server).defaults, *location_config(r->per_dir_config))),
          limits_(limits_of(config_)),
          file_(std::string(r->filename ? r->filename : "") + (r->path_info ? r->path_info : "")),
          below_(below_mount(server_config(r->server).mounts, r->uri, file_)),
          route_(route(r->method, below_.path, in_header(r, "Accept"))) {
        limits_.large_decodes = server_config(r->server).large_decodes;
    }

    int handle() {
        apr_table_setn(r_->headers_out, "X-Content-Type-Options", "nosniff");
        switch (route_.action) {
            case Action::kShowPage:
                return show_page();
            case Action::kClassify:
                return classify_body();
            case Action::kServeFile:
                return serve_file();
            case Action::kAddSlash:
                return add_slash();
            case Action::kTellMethods:
                return tell_methods();
            case Action::kRefuseMethod:
                set_header(r_, "Allow", std::string(route_.allow));
                return refuse_unread(make_problem(
                    Fault::kWrongMethod, "this path takes " + std::string(route_.allow) + " only"));
            case Action::kRefusePath:
                break;
        }
        return refuse_unread(make_problem(Fault::kUnknownPath, "there is nothing at this path"));
    }

    int refuse(Problem problem) {
        const Outcome outcome = std::move(problem);
        return answer({&outcome, 1});
    }

  private:
    int classify_body() {
        if (config_.model == nullptr || !config_.model->value)
            return refuse_unread(make_problem(Fault::kModelNotReady,
                                              "no model is loaded here; DigitModel names one"));
        const std::string_view content_type = in_header(r_, "Content-Type");
        auto body = read_body(r_, max_body_bytes(content_type, limits_.max_file_bytes));
        if (auto* problem = std::get_if<Problem>(&body)) return refuse(std::move(*problem));
        if (const auto* already = std::get_if<AlreadyAnswered>(&body)) return already->status;

        // One a thread: it grows to the widest network and no further, costs nothing on the
        // second request, and unlike one a connection does not multiply with idle connections.
        // glibc keeps the module mapped until the thread that made it is gone.
        static thread_local ForwardScratch scratch;
        const std::vector<Outcome> outcomes = classify_upload(
            content_type, std::get<Body>(body), *config_.model->value, limits_, scratch);
        note_for_log(outcomes);
        return answer(outcomes);
    }

    int show_page() {
        if (!page_ready())
            return refuse_as(Format::kText, make_problem(Fault::kModelNotReady,
                                                         "no page is loaded here; DigitPageDir and "
                                                         "DigitBootstrapDir name its folders"));
        return send_page(HTTP_OK, {});
    }

    int serve_file() {
        const StaticFile* file = page_ready() ? config_.page->value->file(route_.file) : nullptr;
        if (file == nullptr && page_ready() && route_.file == config_.bootstrap->value->name)
            file = &*config_.bootstrap->value;
        if (file == nullptr)
            return refuse_unread(
                make_problem(Fault::kUnknownPath, "the page has no file of this name"));
        set_header(r_, "ETag", file->etag);
        // Asked for again each time and answered by 304, so that an upgrade shows at once.
        apr_table_setn(r_->headers_out, "Cache-Control", "no-cache");
        const int condition = ap_meets_conditions(r_);
        if (condition != OK) return condition;
        return send(HTTP_OK, file->content_type, file->bytes, apr_bucket_immortal_create);
    }

    int add_slash() {
        std::string location = relative_base(below_);
        if (r_->args != nullptr) location.append("?").append(r_->args);
        set_header(r_, "Location", location);
        return send(HTTP_PERMANENT_REDIRECT, kTextType,
                    "The page is at its address with a slash.\n", apr_bucket_immortal_create);
    }

    int tell_methods() {
        set_header(r_, "Allow", std::string(route_.allow));
        return send(HTTP_NO_CONTENT, {}, {}, apr_bucket_immortal_create);
    }

    int refuse_unread(Problem problem) {
        const std::string_view length = in_header(r_, "Content-Length");
        if (!in_header(r_, "Transfer-Encoding").empty() || (!length.empty() && length != "0"))
            leave_body_unread(r_);
        return refuse(std::move(problem));
    }

    int refuse_as(Format format, Problem problem) {
        route_.format = route_.error_format = format;
        return refuse_unread(std::move(problem));
    }

    bool page_ready() const {
        return config_.page != nullptr && config_.page->value && config_.bootstrap != nullptr &&
               config_.bootstrap->value;
    }

    // One result, several renderings.
    int answer(std::span<const Outcome> outcomes) {
        log_problems(outcomes);
        const int status = http_status(outcomes);
        if (status == HTTP_UNSUPPORTED_MEDIA_TYPE)
            apr_table_setn(r_->headers_out, "Accept", "image/png, image/jpeg, image/gif");
        if (status == HTTP_SERVICE_UNAVAILABLE) apr_table_setn(r_->headers_out, "Retry-After", "5");
        apr_table_setn(r_->headers_out, "Cache-Control", "no-store");
        apr_table_setn(r_->headers_out, "Vary", "Accept");

        const Format format = status == HTTP_OK ? route_.format : route_.error_format;
        if (format == Format::kHtml && page_ready()) return send_page(status, outcomes);
        if (format == Format::kText) return send_copy(status, kTextType, text_answer(outcomes));
        const std::string_view query = r_->args == nullptr ? std::string_view() : r_->args;
        const JsonOptions options{query_flag(query, "probabilities"), query_flag(query, "explain")};
        return send_copy(status, status == HTTP_OK ? kJsonType : kProblemType,
                         json_answer(outcomes, options));
    }

    int send_page(int status, std::span<const Outcome> outcomes) {
        const std::string api_path = percent_encoded(below_.mount) + "/curl-api";
        const PageContext context{relative_base(below_),
                                  ap_construct_url(r_->pool, api_path.c_str(), r_), limits_};
        apr_table_setn(r_->headers_out, "Cache-Control", "no-store");
        apr_table_setn(r_->headers_out, "Content-Security-Policy", kContentSecurityPolicy);
        apr_table_setn(r_->headers_out, "Referrer-Policy", "no-referrer");
        return send_copy(status, kHtmlType, config_.page->value->render(context, outcomes));
    }

    int send_copy(int status, std::string_view type, const std::string& bytes) {
        const char* copy = apr_pstrmemdup(r_->pool, bytes.data(), bytes.size());
        const auto in_pool = [this](const char* data, apr_size_t size, apr_bucket_alloc_t* list) {
            return apr_bucket_pool_create(data, size, r_->pool, list);
        };
        return send(status, type, {copy, bytes.size()}, in_pool);
    }

    // The whole answer in one brigade; of a HEAD httpd sends the headers alone. make_bucket: how
    // the bytes outlive the handler.
    template <class MakeBucket>
    int send(int status, std::string_view type, std::string_view bytes, MakeBucket make_bucket) {
        r_->status = status;
        if (!type.empty())
            ap_set_content_type(r_, apr_pstrmemdup(r_->pool, type.data(), type.size()));
        apr_bucket_alloc_t* list = r_->connection->bucket_alloc;
        apr_bucket_brigade* brigade = apr_brigade_create(r_->pool, list);
        if (!bytes.empty()) {
            ap_set_content_length(r_, static_cast<apr_off_t>(bytes.size()));
            APR_BRIGADE_INSERT_TAIL(brigade, make_bucket(bytes.data(), bytes.size(), list));
        }
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(list));
        const apr_status_t sent = ap_pass_brigade(r_->output_filters, brigade);
        if (sent != APR_SUCCESS)
            ap_log_rerror(APLOG_MARK, APLOG_INFO, sent, r_, "the answer could not be sent");
        return OK;
    }

    void log_problems(std::span<const Outcome> outcomes) {
        for (const Outcome& outcome : outcomes) {
            const auto* problem = std::get_if<Problem>(&outcome);
            if (problem == nullptr) continue;
            const int level = problem->kind->level == LogLevel::kError ? APLOG_ERR : APLOG_INFO;
            const std::string& reason = problem->log.empty() ? problem->detail : problem->log;
            const std::string type(problem->kind->type);
            ap_log_rerror(APLOG_MARK, level, 0, r_, "%d %s%s%s: %s", problem->kind->status,
                          type.c_str(), problem->id.empty() ? "" : " id ", problem->id.c_str(),
                          reason.c_str());
        }
    }

    // For LogFormat's %{DIGIT_PREDICTION}e and %{DIGIT_CONFIDENCE}e; "-" for a refused picture.
    void note_for_log(std::span<const Outcome> outcomes) {
        std::string predictions;
        std::string confidences;
        for (const Outcome& outcome : outcomes) {
            if (!predictions.empty()) {
                predictions += ',';
                confidences += ',';
            }
            const auto* result = std::get_if<Classification>(&outcome);
            predictions += result ? std::to_string(result->digit) : "-";
            confidences +=
                result ? apr_psprintf(r_->pool, "%.4f", static_cast<double>(result->confidence))
                       : "-";
        }
        apr_table_set(r_->subprocess_env, "DIGIT_PREDICTION", predictions.c_str());
        apr_table_set(r_->subprocess_env, "DIGIT_CONFIDENCE", confidences.c_str());
    }

    request_rec* r_;
    LocationConfig config_;
    Limits limits_;
    std::string file_;
    BelowMount below_;
    Route route_;
};

}  // namespace

int handle_request(request_rec* r) noexcept {
    const auto told_by_httpd = [r](const char* reason) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "500 internal: %s", reason);
        return HTTP_INTERNAL_SERVER_ERROR;
    };
    const auto told_by_us = [&](const char* reason) {
        return guarded([&] { return Exchange(r).refuse(make_problem(Fault::kInternal, reason)); },
                       told_by_httpd);
    };
    return guarded([&] { return Exchange(r).handle(); }, told_by_us);
}

}  // namespace digit
