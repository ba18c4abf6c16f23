// SPDX-License-Identifier: Apache-2.0
// From a complete configuration to everything that serving needs: the mount points, the models,
// the pages. Runs before httpd forks.
#include <httpd.h>
// After httpd.h, which it does not include itself.
#include <http_core.h>

#include <malloc.h>

#include <algorithm>

#include "installed_paths.h"
#include "libdigit/code_pages.h"
#include "libdigit/vector_library.h"
#include "mod_digit/config.h"
#include "mod_digit/configured_mounts.h"
#include "mod_digit/pool_object.h"
#include "mod_digit/shared_counters.h"

namespace digit {
namespace {

std::variant<StaticFile, LoadFault> load_bootstrap(const std::string& folder) {
    auto file = load_static_file(folder + "/css/bootstrap.min.css", "bootstrap.min.css",
                                 "text/css; charset=utf-8");
    if (auto* fault = std::get_if<LoadFault>(&file))
        fault->reason +=
            "; install Bootstrap 5 (Debian and Ubuntu: apt install libjs-bootstrap5) "
            "or name its folder with DigitBootstrapDir";
    return file;
}

const core_dir_config* core_config(const ap_conf_vector_t* vector) {
    return static_cast<const core_dir_config*>(ap_get_core_module_config(vector));
}

std::span<ap_conf_vector_t* const> sections(const apr_array_header_t* array) {
    if (array == nullptr) return {};
    return {reinterpret_cast<ap_conf_vector_t* const*>(array->elts),
            static_cast<std::size_t>(array->nelts)};
}

// <Location>s and <Directory>s whose name is a plain path, not a pattern.
bool is_plain(const core_dir_config* core) {
    return core != nullptr && core->d != nullptr && core->r == nullptr && !core->d_is_fnmatch;
}

// What the directives say at a mount point itself: the server's, then in httpd's order those of
// every section around it.
LocationConfig config_at(const ConfiguredMount& mount) {
    const LocationConfig* of_server = location_config(mount.server->lookup_defaults);
    LocationConfig config = of_server == nullptr ? LocationConfig{} : *of_server;
    const auto* core = static_cast<const core_server_config*>(
        ap_get_core_module_config(mount.server->module_config));
    for (const ap_conf_vector_t* section :
         sections(mount.kind == MountKind::kFolder ? core->sec_dir : core->sec_url)) {
        const core_dir_config* named = core_config(section);
        const LocationConfig* added = location_config(section);
        // A pattern may match anywhere: what it names is taken to be meant for the mount point.
        if (added != nullptr && named != nullptr && named->d != nullptr &&
            (!is_plain(named) || mount.kind == MountKind::kPattern ||
             encloses(named->d, mount.path)))
            config = merged(config, *added);
    }
    return config;
}

// A default for every kind of file that some mount point needs and no directive names there.
LocationConfig needed_defaults(Stores& stores, std::span<const ConfiguredMount> mounts) {
    LocationConfig defaults{};
    for (const ConfiguredMount& mount : mounts) {
        const LocationConfig at = config_at(mount);
        if (at.model == nullptr && defaults.model == nullptr)
            defaults.model = stores.models.entry(DIGIT_MODEL_FILE, "DigitModel (its default)");
        if (at.page == nullptr && defaults.page == nullptr)
            defaults.page = stores.pages.entry(DIGIT_WWW_DIR, "DigitPageDir (its default)");
        if (at.bootstrap == nullptr && defaults.bootstrap == nullptr)
            defaults.bootstrap =
                stores.bootstraps.entry(DIGIT_BOOTSTRAP_DIR, "DigitBootstrapDir (its default)");
    }
    return defaults;
}

// The mount points that a request to `server` may meet; those of the main server hold everywhere.
void take_mounts(const server_rec* server, const server_rec* main_server,
                 std::span<const ConfiguredMount> mounts, ServerConfig& config) {
    for (const ConfiguredMount& mount : mounts) {
        if (mount.server != server && mount.server != main_server) continue;
        if (mount.kind == MountKind::kFolder) config.mounts.folders.push_back(mount.path);
        if (mount.kind != MountKind::kUrl) continue;
        config.mounts.urls.push_back(mount.path);
    }
}

// Where a request to `server`, at which something is mounted, may find the flag on, what stands in
// no <VirtualHost> included; what holds is looked up again at the request. "/" where a pattern says
// so.
std::vector<std::string> places_with(const server_rec* server,
                                     std::optional<bool> LocationConfig::*flag) {
    const auto on = [flag](const ap_conf_vector_t* section) {
        const LocationConfig* config = location_config(section);
        return config != nullptr && (config->*flag).value_or(false);
    };
    if (on(server->lookup_defaults)) return {"/"};
    std::vector<std::string> places;
    const auto* core =
        static_cast<const core_server_config*>(ap_get_core_module_config(server->module_config));
    for (const ap_conf_vector_t* section : sections(core->sec_url)) {
        const core_dir_config* named = core_config(section);
        if (on(section)) places.emplace_back(is_plain(named) ? named->d : "/");
    }
    return places;
}

}  // namespace

std::optional<LoadFault> load_configuration(apr_pool_t* pool, server_rec* main_server,
                                            Purpose purpose) {
    keep_vector_library();
    Stores& stores = Stores::of(pool);
    const std::vector<ConfiguredMount> mounts = configured_mounts(pool, main_server);
    const LocationConfig defaults = needed_defaults(stores, mounts);
    if (auto fault = stores.pages.load_all(Page::load)) return fault;
    if (auto fault = stores.bootstraps.load_all(load_bootstrap)) return fault;
    auto* large_decodes =
        make_in_pool<LargeDecodes>(pool, static_cast<std::size_t>(stores.max_large_decodes));
    auto* scratches = make_in_pool<ScratchPool>(pool);
    Counters* counters = shared_counters(main_server);
    // Last, for it changes what the process keeps.
    if (auto fault = load_models(stores, main_server, defaults, purpose)) return fault;
    for (server_rec* server = main_server; server != nullptr; server = server->next) {
        auto* config = make_in_pool<ServerConfig>(pool);
        take_mounts(server, main_server, mounts, *config);
        if (std::ranges::any_of(mounts, [&](const ConfiguredMount& mount) {
                return mount.server == server || mount.server == main_server;
            })) {
            config->unlooked_urls = places_with(server, &LocationConfig::skip_file_lookup);
            config->quick_urls = places_with(server, &LocationConfig::quick);
        }
        config->defaults = defaults;
        config->large_decodes = large_decodes;
        config->scratches = scratches;
        config->counters = counters;
        ap_set_module_config(server->module_config, &digit_module, config);
    }
    // The C library keeps what loading needed and gave back, and every worker inherits it.
    malloc_trim(0);
    // Not where the first process serves itself (httpd -X): a debugger's breakpoints would go too.
    if (purpose == Purpose::kServe && !ap_exists_config_define("DEBUG") &&
        !ap_exists_config_define("ONE_PROCESS"))
        give_back_code_pages();
    return std::nullopt;
}

}  // namespace digit
