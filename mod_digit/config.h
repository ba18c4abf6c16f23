// SPDX-License-Identifier: Apache-2.0
// What the directives say, per location and per server.
#pragma once

#include "libdigit/large_decodes.h"
#include "libdigit/limits.h"
#include "libdigit/model.h"
#include "mod_digit/bridge.h"
#include "mod_digit/counters.h"
#include "mod_digit/model_state.h"
#include "mod_digit/mounts.h"
#include "mod_digit/origin.h"
#include "mod_digit/page.h"
#include "mod_digit/scratch_pool.h"
#include "mod_digit/static_file.h"
#include "mod_digit/store.h"

namespace digit {

using ModelEntry = Store<Model>::Entry;
using PageEntry = Store<Page>::Entry;
using BootstrapEntry = Store<StaticFile>::Entry;

// 16 of the largest take 480 MiB together.
inline constexpr std::uint64_t kDefaultLargeDecodes = 16;
// Of the ten golden pictures, how many a network reads at least where DigitMinGolden says nothing:
// a fair one all, and one that was trained on something else one or two.
inline constexpr std::uint64_t kDefaultMinGolden = 8;

// The directives of one server, <Location> or <Directory>. Every field has an unset state, null,
// 0 or nullopt, that a merge fills from the surrounding section; httpd merges at each request, so
// this stays plain data in the pool.
struct LocationConfig {
    ModelEntry* model;
    PageEntry* page;
    BootstrapEntry* bootstrap;
    std::uint64_t max_file_bytes;
    std::uint64_t min_edge;
    std::uint64_t max_pixels;
    std::optional<std::uint64_t> min_golden;
    const AllowedOrigins* allowed_origins;
    std::optional<bool> skip_file_lookup;             // whether skip_file_lookup() may here
    std::optional<bool> quick;                        // whether answer_quickly() may answer here
    std::optional<std::uint64_t> keep_alive_wait_ms;  // of wait_for_next_request()
    const char* feedback_dir;                         // "" where corrections are switched off
    std::uint64_t feedback_limit;

    bool takes_corrections() const { return feedback_dir != nullptr && *feedback_dir != '\0'; }
};

// What is worked out for one server when the configuration is complete.
struct ServerConfig {
    MountTable mounts;
    // What encloses all URLs at which these flags may be on, as MountTable::urls.
    std::vector<std::string> unlooked_urls;  // DigitSkipFileLookup
    std::vector<std::string> quick_urls;     // DigitQuickHandler
    // What serves where no directive names another; null where nothing needs the default.
    LocationConfig defaults;
    LargeDecodes* large_decodes;  // the same for all servers, as the scratches
    ScratchPool* scratches;
    Counters* counters;  // of the whole httpd; null where there is no memory for them
};

// Everything that one reading of the configuration loads. Owned by the configuration's pool.
struct Stores {
    Store<Model> models;
    std::vector<ModelState> model_states;  // one a model
    Store<Page> pages;
    Store<StaticFile> bootstraps;
    std::uint64_t max_large_decodes = kDefaultLargeDecodes;

    // The one of this configuration pool, made on first use.
    static Stores& of(apr_pool_t* configuration_pool);
};

// `added` over `base`, field by field.
LocationConfig merged(const LocationConfig& base, const LocationConfig& added);

Limits limits_of(const LocationConfig& config);

// The module's part of a per-directory or per-server configuration vector.
LocationConfig* location_config(const ap_conf_vector_t* vector);  // null where it has none
const ServerConfig& server_config(const server_rec* server);

enum class Purpose {
    kTest,       // to find out whether it can be loaded
    kReadAhead,  // the same at the first of a start's two readings: kServe follows
    kServe,      // to fork workers that serve it
};

// Loads all that the configuration names, and the defaults that something needs, into the stores
// of `pool`, and gives every server its ServerConfig. The reason is a sentence for the log.
std::optional<LoadFault> load_configuration(apr_pool_t* pool, server_rec* main_server,
                                            Purpose purpose);

// The models' part of it. When a running server is restarted, a file that is refused takes nothing
// down: what served at its places goes on serving, and model_states() and the log say why.
std::optional<LoadFault> load_models(Stores& stores, const server_rec* main_server,
                                     const LocationConfig& defaults, Purpose purpose);

}  // namespace digit
