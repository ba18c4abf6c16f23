// SPDX-License-Identifier: Apache-2.0
// From a complete configuration to everything that serving needs: the mount points, the models,
// the pages. Runs before httpd forks.
#include <http_core.h>

#include <cstring>

#include "libdigit/weights_file.h"
#include "mod_digit/config.h"
#include "mod_digit/pool_object.h"

namespace digit {
namespace {

std::variant<Model, LoadFault> load_model(const std::string& path) {
    const auto told = [&](const Status& status) {
        std::string reason = status.message();
        // The reader names the file where it cannot be opened, and the tensor where that is wrong.
        if (reason.find(path) == std::string::npos) reason = path + ": " + reason;
        return LoadFault{reason + "; name a weights file that digit-train wrote"};
    };
    const Result<NetworkParameters> parameters = read_weights(path);
    if (!parameters.ok()) return told(parameters.status());
    Result<Model> model = Model::make(*parameters);
    if (!model.ok()) return told(model.status());
    return std::move(*model);
}

std::variant<StaticFile, LoadFault> load_bootstrap(const std::string& folder) {
    auto file = load_static_file(folder + "/css/bootstrap.min.css", "bootstrap.min.css",
                                 "text/css; charset=utf-8");
    if (auto* fault = std::get_if<LoadFault>(&file))
        fault->reason +=
            "; install Bootstrap 5 (Debian and Ubuntu: apt install libjs-bootstrap5) "
            "or name its folder with DigitBootstrapDir";
    return file;
}

bool sets_our_handler(const core_dir_config* core) {
    return core != nullptr && core->handler != nullptr && strcmp(core->handler, "digit") == 0;
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

// One server's mount points, with what the directives say at each of them.
class MountFinder {
  public:
    explicit MountFinder(const server_rec* server) {
        const auto* core = static_cast<const core_server_config*>(
            ap_get_core_module_config(server->module_config));
        base_ = location_config(server->lookup_defaults);
        if (sets_our_handler(core_config(server->lookup_defaults))) {
            table.urls.emplace_back("/");
            at_mounts.push_back(effective(sections(core->sec_url), "/"));
        }
        find(sections(core->sec_url), table.urls);
        find(sections(core->sec_dir), table.folders);
    }

    MountTable table;
    std::vector<LocationConfig> at_mounts;

  private:
    void find(std::span<ap_conf_vector_t* const> all, std::vector<std::string>& names) {
        for (const ap_conf_vector_t* section : all) {
            const core_dir_config* core = core_config(section);
            if (!sets_our_handler(core)) continue;
            if (!is_plain(core)) {
                at_mounts.push_back(with(base(), section));
                continue;
            }
            std::string name = core->d;
            // httpd ends folders' names with a slash.
            if (&names == &table.folders && name.size() > 1 && name.ends_with('/')) name.pop_back();
            at_mounts.push_back(effective(all, name));
            names.push_back(std::move(name));
        }
    }

    LocationConfig base() const { return base_ == nullptr ? LocationConfig{} : *base_; }

    static LocationConfig with(const LocationConfig& config, const ap_conf_vector_t* section) {
        const LocationConfig* added = location_config(section);
        return added == nullptr ? config : merged(config, *added);
    }

    // What httpd merges, in its order, for a request to `path` itself.
    LocationConfig effective(std::span<ap_conf_vector_t* const> all, std::string_view path) const {
        LocationConfig config = base();
        for (const ap_conf_vector_t* section : all) {
            const core_dir_config* core = core_config(section);
            if (!is_plain(core)) continue;
            std::string_view name = core->d;
            if (name.ends_with('/')) name.remove_suffix(1);
            const bool around =
                path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
            if (around) config = with(config, section);
        }
        return config;
    }

    const LocationConfig* base_ = nullptr;
};

}  // namespace

std::optional<LoadFault> load_configuration(apr_pool_t* pool, server_rec* main_server) {
    Stores& stores = Stores::of(pool);
    LocationConfig defaults{};
    std::vector<ServerConfig*> configs;
    for (server_rec* server = main_server; server != nullptr; server = server->next) {
        MountFinder finder(server);
        for (const LocationConfig& at : finder.at_mounts) {
            if (at.model == nullptr && defaults.model == nullptr)
                defaults.model = stores.models.entry(DIGIT_MODEL_FILE, "DigitModel (its default)");
            if (at.page == nullptr && defaults.page == nullptr)
                defaults.page = stores.pages.entry(DIGIT_WWW_DIR, "DigitPageDir (its default)");
            if (at.bootstrap == nullptr && defaults.bootstrap == nullptr)
                defaults.bootstrap =
                    stores.bootstraps.entry(DIGIT_BOOTSTRAP_DIR, "DigitBootstrapDir (its default)");
        }
        auto* config = make_in_pool<ServerConfig>(pool);
        config->mounts = std::move(finder.table);
        ap_set_module_config(server->module_config, &digit_module, config);
        configs.push_back(config);
    }
    if (auto fault = stores.models.load_all(load_model)) return fault;
    if (auto fault = stores.pages.load_all(Page::load)) return fault;
    if (auto fault = stores.bootstraps.load_all(load_bootstrap)) return fault;
    for (ServerConfig* config : configs) config->defaults = defaults;
    return std::nullopt;
}

}  // namespace digit
