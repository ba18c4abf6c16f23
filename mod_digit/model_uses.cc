// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/model_uses.h"

// After httpd.h, which it does not include itself.
#include <http_core.h>

namespace digit {
namespace {

// Servers of one name may differ in their addresses alone.
std::string name_of(const server_rec* server) {
    std::string name = server->server_hostname ? server->server_hostname : "";
    for (const server_addr_rec* at = server->addrs; at != nullptr; at = at->next)
        name += std::string(" ") + at->virthost + ":" + std::to_string(at->host_port);
    return name;
}

void add_sections(const apr_array_header_t* sections, const std::string& server_name,
                  std::uint64_t min_golden, std::vector<ModelUse>& uses) {
    for (int i = 0; sections != nullptr && i < sections->nelts; ++i) {
        const auto* section = reinterpret_cast<ap_conf_vector_t* const*>(sections->elts)[i];
        const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
        const LocationConfig* config = location_config(section);
        if (core == nullptr || core->d == nullptr || config == nullptr || config->model == nullptr)
            continue;
        uses.push_back(
            {config->model, server_name + " " + core->d, config->min_golden.value_or(min_golden)});
    }
}

}  // namespace

std::vector<ModelUse> model_uses(const server_rec* main_server, const LocationConfig& defaults) {
    std::vector<ModelUse> uses;
    for (const server_rec* server = main_server; server != nullptr; server = server->next) {
        const LocationConfig* config = location_config(server->lookup_defaults);
        const LocationConfig of_server = config == nullptr ? LocationConfig{} : *config;
        const std::uint64_t min_golden = of_server.min_golden.value_or(kDefaultMinGolden);
        const ModelEntry* entry = of_server.model ? of_server.model : defaults.model;
        if (entry != nullptr) uses.push_back({entry, name_of(server), min_golden});
        const auto* core = static_cast<const core_server_config*>(
            ap_get_core_module_config(server->module_config));
        add_sections(core->sec_url, name_of(server), min_golden, uses);
        add_sections(core->sec_dir, name_of(server), min_golden, uses);
    }
    return uses;
}

}  // namespace digit
