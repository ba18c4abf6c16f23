// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/configured_mounts.h"

// After httpd.h, which it does not include itself.
#include <http_config.h>

#include <cstring>
#include <string_view>

#include "mod_digit/text.h"

namespace digit {
namespace {

class TreeWalk {
  public:
    TreeWalk(apr_pool_t* pool, const server_rec* main_server)
        : pool_(pool), main_server_(main_server) {}

    // place: what encloses the nodes.
    void walk(const ap_directive_t* nodes, const ConfiguredMount& place) {
        for (const ap_directive_t* node = nodes; node != nullptr; node = node->next) {
            if (iequals(node->directive, "SetHandler")) {
                if (first_word(node) == "digit") mounts.push_back(place);
            } else if (node->first_child != nullptr) {
                walk(node->first_child, inside(node, place));
            }
        }
    }

    std::vector<ConfiguredMount> mounts;

  private:
    ConfiguredMount inside(const ap_directive_t* section, const ConfiguredMount& place) const {
        const std::string_view name = section->directive;
        if (iequals(name, "<VirtualHost")) return {server_of(section), MountKind::kUrl, "/"};
        // <If> and <Limit> leave open where they are true; the surrounding place is as good as any.
        if (iequals(name, "<If") || iequals(name, "<ElseIf") || iequals(name, "<Else") ||
            iequals(name, "<Limit") || iequals(name, "<LimitExcept"))
            return place;
        const bool url = iequals(name, "<Location");
        const bool folder = iequals(name, "<Directory");
        std::string path = first_word(section);
        if ((!url && !folder) || path == "~" || ap_is_matchexp(path.c_str()))
            return {place.server, MountKind::kPattern, {}};
        if (folder && path.size() > 1 && path.ends_with('/')) path.pop_back();
        return {place.server, url ? MountKind::kUrl : MountKind::kFolder, std::move(path)};
    }

    // The first argument, unquoted, without the bracket that closes a section.
    std::string first_word(const ap_directive_t* node) const {
        std::string arguments = node->args == nullptr ? "" : node->args;
        if (node->first_child != nullptr && arguments.ends_with('>')) arguments.pop_back();
        const char* rest = arguments.c_str();
        return ap_getword_conf(pool_, &rest);
    }

    const server_rec* server_of(const ap_directive_t* vhost) const {
        for (const server_rec* s = main_server_->next; s != nullptr; s = s->next)
            if (s->defn_name != nullptr && strcmp(s->defn_name, vhost->filename) == 0 &&
                s->defn_line_number == static_cast<unsigned>(vhost->line_num))
                return s;
        return main_server_;
    }

    apr_pool_t* pool_;
    const server_rec* main_server_;
};

}  // namespace

std::vector<ConfiguredMount> configured_mounts(apr_pool_t* pool, const server_rec* main_server) {
    TreeWalk tree(pool, main_server);
    tree.walk(ap_conftree, {main_server, MountKind::kUrl, "/"});
    return std::move(tree.mounts);
}

}  // namespace digit
