// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/file_lookup.h"

// After httpd.h, which they do not include themselves.
#include <apr_strings.h>
#include <http_request.h>

#include <cstring>
#include <string_view>

#include "mod_digit/config.h"
#include "mod_digit/place.h"

namespace digit {
namespace {

// As httpd leaves it where DocumentRoot has nothing of the URL's first segment: the file's name
// ends after that. Names that an Alias or a rewrite made otherwise stay whole. That "/" is a folder
// is not said: a handler that an <If> sets instead would list it, and no <Directory> was asked.
void split_name(request_rec* r) {
    const std::string_view name = r->filename == nullptr ? "" : r->filename;
    const std::string_view url = r->uri;
    const std::size_t second = url.find('/', 1);
    if (second == url.npos || !name.ends_with(url)) return;
    const std::size_t at = name.size() - url.size() + second;
    r->path_info = apr_pstrdup(r->pool, r->filename + at);
    r->filename = apr_pstrmemdup(r->pool, r->filename, at);
}

// A sub-request for a file, such as mod_rewrite's, may have no URL.
bool may_skip(const request_rec* r) {
    return r->proxyreq == PROXYREQ_NONE && r->uri[0] == '/' &&
           any_encloses(server_config(r->server).unlooked_urls, r->uri);
}

// What httpd merged of the <Location>s that a URL lies in, and of <If>.
struct Located {
    const char* url;
    ap_conf_vector_t* merged;
};

// Gives r the merged configuration of its <Location>s and of <If>; false where that fails.
bool locate(request_rec* r) {
    const auto* noted =
        static_cast<const Located*>(ap_get_module_config(r->request_config, &digit_module));
    // Another module may have given it another URL since.
    if (noted == nullptr || strcmp(noted->url, r->uri) != 0)
        return ap_location_walk(r) == OK && ap_if_walk(r) == OK;
    r->per_dir_config = noted->merged;
    return true;
}

}  // namespace

int note_location(request_rec* r) noexcept {
    if (!may_skip(r)) return DECLINED;
    auto* noted = static_cast<Located*>(apr_palloc(r->pool, sizeof(Located)));
    *noted = {apr_pstrdup(r->pool, r->uri), r->per_dir_config};
    ap_set_module_config(r->request_config, &digit_module, noted);
    return DECLINED;
}

int skip_file_lookup(request_rec* r) noexcept {
    if (!may_skip(r)) return DECLINED;
    ap_conf_vector_t* const of_server = r->per_dir_config;
    const bool skipped = locate(r) &&
                         location_config(r->per_dir_config)->skip_file_lookup.value_or(false) &&
                         is_handler_here(r);
    // Put back, for httpd merges <Location> after this hook onto what it finds here: were it merged
    // already, what adds to itself, such as Header add, would count twice.
    r->per_dir_config = of_server;
    if (!skipped) return DECLINED;
    split_name(r);
    return OK;
}

}  // namespace digit
