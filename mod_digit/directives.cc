// SPDX-License-Identifier: Apache-2.0
// Create, merge, setters, table. Adding a directive: a field in LocationConfig, a line in
// merged(), a setter, a line in the table, a paragraph in conf/digit.conf.

// C++20 has designated initialisers, which httpd expects of C alone; without them its table macros
// need function pointer casts.
#define AP_HAVE_DESIGNATED_INITIALIZER
#include <httpd.h>
// After httpd.h, which it does not include itself.
#include <apr_file_info.h>
#include <apr_strings.h>
#include <http_config.h>

#include "mod_digit/config.h"
#include "mod_digit/guard.h"
#include "mod_digit/pool_object.h"
#include "mod_digit/setting.h"
#include "mod_digit/text.h"

namespace digit {
namespace {

template <class T>
T* plain_in_pool(apr_pool_t* pool, const T& value) {
    return new (apr_palloc(pool, sizeof(T))) T(value);
}

// A setter's answer to httpd: null, or the sentence after "DigitMinEdge: " in the pool.
const char* refusal(cmd_parms* cmd, const std::string& sentence) {
    return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, sentence.c_str());
}

std::string place_of(cmd_parms* cmd) {
    std::string place = std::string(cmd->cmd->name) + " (";
    if (cmd->directive != nullptr && cmd->directive->filename != nullptr)
        place +=
            std::string(cmd->directive->filename) + ":" + std::to_string(cmd->directive->line_num);
    return place + ")";
}

template <class T>
const char* set_entry(cmd_parms* cmd, const char* arg, Store<T>& store,
                      typename Store<T>::Entry*& field) {
    const char* path = ap_server_root_relative(cmd->pool, arg);
    if (path == nullptr)
        return refusal(cmd, "'" + std::string(arg) + "' is not a path; write an absolute one");
    field = store.entry(path, place_of(cmd));
    return nullptr;
}

const char* set_number(cmd_parms* cmd, const char* arg, const NumberRule& rule,
                       std::uint64_t& field) {
    const auto number = parse_number(arg, rule);
    if (const auto* sentence = std::get_if<std::string>(&number)) return refusal(cmd, *sentence);
    field = std::get<std::uint64_t>(number);
    return nullptr;
}

// Runs a setter so that no exception reaches httpd.
template <class Setter>
const char* set(cmd_parms* cmd, void* data, Setter setter) noexcept {
    return guarded([&] { return setter(*static_cast<LocationConfig*>(data)); },
                   [&](const char* reason) -> const char* {
                       // unreachable by a test: the setters throw nothing but std::bad_alloc
                       return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, reason);
                   });
}

}  // namespace

Stores& Stores::of(apr_pool_t* pool) {
    static constexpr char kKey[] = "mod_digit:stores";
    void* stores = nullptr;
    apr_pool_userdata_get(&stores, kKey, pool);
    if (stores == nullptr) {
        stores = make_in_pool<Stores>(pool);
        apr_pool_userdata_setn(stores, kKey, nullptr, pool);
    }
    return *static_cast<Stores*>(stores);
}

LocationConfig merged(const LocationConfig& base, const LocationConfig& added) {
    return {
        .model = added.model ? added.model : base.model,
        .page = added.page ? added.page : base.page,
        .bootstrap = added.bootstrap ? added.bootstrap : base.bootstrap,
        .max_file_bytes = added.max_file_bytes ? added.max_file_bytes : base.max_file_bytes,
        .min_edge = added.min_edge ? added.min_edge : base.min_edge,
        .max_pixels = added.max_pixels ? added.max_pixels : base.max_pixels,
        .min_golden = added.min_golden ? added.min_golden : base.min_golden,
        .allowed_origins = added.allowed_origins ? added.allowed_origins : base.allowed_origins,
        .skip_file_lookup = added.skip_file_lookup ? added.skip_file_lookup : base.skip_file_lookup,
        .quick = added.quick ? added.quick : base.quick,
        .keep_alive_wait_ms =
            added.keep_alive_wait_ms ? added.keep_alive_wait_ms : base.keep_alive_wait_ms,
        .feedback_dir = added.feedback_dir ? added.feedback_dir : base.feedback_dir,
        .feedback_limit = added.feedback_limit ? added.feedback_limit : base.feedback_limit,
    };
}

Limits limits_of(const LocationConfig& config) {
    Limits limits;
    if (config.max_file_bytes) limits.max_file_bytes = config.max_file_bytes;
    if (config.min_edge) limits.min_edge = static_cast<std::uint32_t>(config.min_edge);
    if (config.max_pixels) {
        // Both limits keep the ratio of their defaults.
        const std::uint64_t ratio = limits.max_pixels_baseline_jpeg / limits.max_pixels;
        limits.max_pixels = config.max_pixels;
        limits.max_pixels_baseline_jpeg = config.max_pixels * ratio;
    }
    return limits;
}

LocationConfig* location_config(const ap_conf_vector_t* vector) {
    return static_cast<LocationConfig*>(ap_get_module_config(vector, &digit_module));
}

const ServerConfig& server_config(const server_rec* server) {
    return *static_cast<ServerConfig*>(ap_get_module_config(server->module_config, &digit_module));
}

extern "C" {

static const char* set_model(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_entry(cmd, arg, Stores::of(cmd->pool).models, config.model);
    });
}

static const char* set_min_golden(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kMinGoldenRule, config.min_golden.emplace());
    });
}

static const char* set_page_dir(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_entry(cmd, arg, Stores::of(cmd->pool).pages, config.page);
    });
}

static const char* set_bootstrap_dir(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_entry(cmd, arg, Stores::of(cmd->pool).bootstraps, config.bootstrap);
    });
}

static const char* set_max_file_size(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kFileSizeRule, config.max_file_bytes);
    });
}

static const char* set_min_edge(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kMinEdgeRule, config.min_edge);
    });
}

static const char* set_max_pixels(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kMaxPixelsRule, config.max_pixels);
    });
}

static const char* set_max_large_decodes(cmd_parms* cmd, void* data, const char* arg) noexcept {
    if (const char* misplaced = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return misplaced;
    return set(cmd, data, [&](LocationConfig&) {
        return set_number(cmd, arg, kMaxLargeDecodesRule, Stores::of(cmd->pool).max_large_decodes);
    });
}

static const char* set_allow_origin(cmd_parms* cmd, void* data, int argc,
                                    char* const argv[]) noexcept {
    return set(cmd, data, [&](LocationConfig& config) -> const char* {
        auto parsed = parse_origins({argv, argv + argc});
        if (const auto* sentence = std::get_if<std::string>(&parsed))
            return refusal(cmd, *sentence);
        config.allowed_origins =
            make_in_pool<AllowedOrigins>(cmd->pool, std::move(std::get<AllowedOrigins>(parsed)));
        return nullptr;
    });
}

// What is looked up before httpd knows of any file would have no effect there.
static const char* set_before_files(cmd_parms* cmd, std::optional<bool>& flag, int on) noexcept {
    if (const char* misplaced = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES))
        return misplaced;
    flag = on != 0;
    return nullptr;
}

static const char* set_skip_file_lookup(cmd_parms* cmd, void* data, int on) noexcept {
    return set_before_files(cmd, static_cast<LocationConfig*>(data)->skip_file_lookup, on);
}

static const char* set_quick_handler(cmd_parms* cmd, void* data, int on) noexcept {
    return set_before_files(cmd, static_cast<LocationConfig*>(data)->quick, on);
}

static const char* set_keep_alive_wait(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kKeepAliveWaitRule, config.keep_alive_wait_ms.emplace());
    });
}

static const char* set_feedback_dir(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) -> const char* {
        if (iequals(arg, "off")) {
            config.feedback_dir = "";
            return nullptr;
        }
        const char* path = ap_server_root_relative(cmd->pool, arg);
        apr_finfo_t found{};
        if (path == nullptr ||
            apr_stat(&found, path, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS ||
            found.filetype != APR_DIR)
            return refusal(cmd, "'" + std::string(arg) +
                                    "' is not a folder; make it, let the user that httpd runs as "
                                    "write there, or write off");
        config.feedback_dir = path;
        return nullptr;
    });
}

static const char* set_feedback_limit(cmd_parms* cmd, void* data, const char* arg) noexcept {
    return set(cmd, data, [&](LocationConfig& config) {
        return set_number(cmd, arg, kFeedbackLimitRule, config.feedback_limit);
    });
}

}  // extern "C"
}  // namespace digit

// Everywhere but .htaccess: whoever may write one there must not name files of the server.
static constexpr int kAnywhere = RSRC_CONF | ACCESS_CONF;

extern "C" const command_rec digit_directives[] = {
    AP_INIT_TAKE1("DigitModel", digit::set_model, nullptr, kAnywhere,
                  "the weights file (.safetensors) that answers here"),
    AP_INIT_TAKE1("DigitMinGolden", digit::set_min_golden, nullptr, kAnywhere,
                  "how many of the ten built-in golden pictures a model must read to serve"),
    AP_INIT_TAKE1("DigitMaxFileSize", digit::set_max_file_size, nullptr, kAnywhere,
                  "the largest picture file taken, in bytes, such as 1048576, 512K or 1M"),
    AP_INIT_TAKE1("DigitMinEdge", digit::set_min_edge, nullptr, kAnywhere,
                  "the shortest edge of a picture taken, in pixels, such as 10"),
    AP_INIT_TAKE1("DigitMaxPixels", digit::set_max_pixels, nullptr, kAnywhere,
                  "the most pixels of a picture taken, such as 16000000 or 16M"),
    AP_INIT_TAKE1("DigitMaxLargeDecodes", digit::set_max_large_decodes, nullptr, RSRC_CONF,
                  "how many pictures that need much memory are decoded at a time, such as 16"),
    AP_INIT_TAKE1("DigitPageDir", digit::set_page_dir, nullptr, kAnywhere,
                  "the folder with page.mustache and the files of the page"),
    AP_INIT_TAKE1("DigitBootstrapDir", digit::set_bootstrap_dir, nullptr, kAnywhere,
                  "the folder with Bootstrap's css/bootstrap.min.css"),
    AP_INIT_FLAG("DigitSkipFileLookup", digit::set_skip_file_lookup, nullptr, kAnywhere,
                 "on to look for no file; <Directory>, <Files> and .htaccess then have no say"),
    AP_INIT_FLAG(
        "DigitQuickHandler", digit::set_quick_handler, nullptr, kAnywhere,
        "on to answer before httpd looks for a file; <Directory>, <If>, rewrites and aliases "
        "then have no say"),
    AP_INIT_TAKE1("DigitKeepAliveWait", digit::set_keep_alive_wait, nullptr, kAnywhere,
                  "how long a thread waits for a connection's next request, in ms, such as 25"),
    AP_INIT_TAKE_ARGV("DigitAllowOrigin", digit::set_allow_origin, nullptr, kAnywhere,
                      "the origins whose pages may read answers, or * or none"),
    AP_INIT_TAKE1("DigitFeedbackDir", digit::set_feedback_dir, nullptr, kAnywhere,
                  "the folder that keeps corrections sent from the page, or off"),
    AP_INIT_TAKE1("DigitFeedbackLimit", digit::set_feedback_limit, nullptr, kAnywhere,
                  "the most corrections kept, such as 10000"),
    {nullptr, {nullptr}, nullptr, 0, RAW_ARGS, nullptr},
};

extern "C" void* digit_create_dir_config(apr_pool_t* pool, char*) noexcept {
    return digit::plain_in_pool(pool, digit::LocationConfig{});
}

extern "C" void* digit_merge_dir_config(apr_pool_t* pool, void* base, void* added) noexcept {
    return digit::plain_in_pool(pool, digit::merged(*static_cast<digit::LocationConfig*>(base),
                                                    *static_cast<digit::LocationConfig*>(added)));
}
