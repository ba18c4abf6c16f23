// SPDX-License-Identifier: Apache-2.0
// One request and its answer as httpd knows them. With body.cc the only file that touches the
// request_rec of a request that is served.
#pragma once

#include <httpd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "libdigit/stage_times.h"
#include "mod_digit/body.h"
#include "mod_digit/config.h"
#include "mod_digit/counters.h"
#include "mod_digit/route.h"

namespace digit {

// Before httpd answers with an error itself: the headers that every answer has, where the request
// was one of this module's. For broken chunks, for example, which httpd refuses as it reads them.
void head_error_answer(request_rec* r);

class Exchange {
  public:
    // Works out place, route and request id, and sets the headers that every answer has.
    explicit Exchange(request_rec* r);

    const LocationConfig& config() const { return config_; }
    const Limits& limits() const { return limits_; }
    const Route& route() const { return route_; }
    const BelowMount& below() const { return below_; }
    std::string_view query() const { return r_->args == nullptr ? "" : r_->args; }
    // Empty where the request has none.
    std::string_view header(const char* name) const;
    // The model of this place; null where none is loaded.
    const Model* model() const;
    // "http://host/digit" + path, safe to be pasted into a shell. path: "/curl-api".
    std::string absolute_url(std::string_view path) const;

    // Chooses another format than the route did, for what this place cannot render.
    void answer_as(Format format) { route_.format = route_.error_format = format; }
    // For a forward pass; of this server's process.
    ScratchPool::Lent lend_scratch() const { return scratches_->lend(); }
    // Of this answer; the value is copied.
    void set_header(const char* name, std::string_view value);
    void add_to_vary(const char* name);
    // For LogFormat's %{NAME}e. name: lives as long as the configuration.
    void note_for_log(const char* name, const std::string& value);
    void log(LogLevel level, const std::string& sentence);

    // Null where there is no memory for them.
    Counters* counters() const { return counters_; }
    // For classify(); null unless this request is one of those that are timed, or the page will say
    // what it took.
    StageTimes* stage_times() {
        return timed_ || route_.format == Format::kHtml ? &times_ : nullptr;
    }
    // What classify() took, as far as it was timed.
    std::int64_t read_ns() const { return times_.decode_ns + times_.frame_ns + times_.network_ns; }
    // Tells the counters what classify() wrote there; what follows is the answer's time.
    void end_classification();

    // Reads the whole body of at most max_bytes; see read_body().
    std::variant<Body, Problem, AlreadyAnswered> read(std::size_t max_bytes);
    // Before a refusal of a request whose body, if it has one, has not been read.
    void leave_unread();
    // Whether the client has this version already, as it is or as mod_deflate or mod_brotli sent
    // it: then the status for finish(), else OK.
    int condition(std::string_view etag);

    // The whole answer in one brigade; of a HEAD httpd sends the headers alone. Returns OK, which a
    // handler returns to httpd. type: empty where there is no body.
    int send(int status, std::string_view type, const std::string& bytes);
    // The same for bytes that live as long as the configuration.
    int send_constant(int status, std::string_view type, std::string_view bytes);
    // For what httpd answers itself: returns the status, which the handler returns to httpd.
    int finish(int status);

  private:
    using Clock = std::chrono::steady_clock;

    std::int64_t ns_since(Clock::time_point start) const;
    template <class MakeBucket>
    int pass(int status, std::string_view type, std::string_view bytes, MakeBucket make_bucket);

    request_rec* r_;
    LocationConfig config_;
    Limits limits_;
    BelowMount below_;
    Route route_;
    // In the X-Request-ID header of the answer and in the log; in the request's pool.
    const char* id_;
    ScratchPool* scratches_;
    Counters* counters_;
    bool timed_;
    Clock::time_point begun_;
    Clock::time_point classified_;  // unset where nothing was
    StageTimes times_;
};

}  // namespace digit
