// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/file_lookup.h"

// After httpd.h, which they do not include themselves.
#include <apr_strings.h>
#include <http_request.h>

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

}  // namespace

int skip_file_lookup(request_rec* r) noexcept {
    // A sub-request for a file, such as mod_rewrite's, may have no URL.
    if (r->proxyreq != PROXYREQ_NONE || r->uri[0] != '/' ||
        !any_encloses(server_config(r->server).unlooked_urls, r->uri))
        return DECLINED;
    ap_conf_vector_t* const of_server = r->per_dir_config;
    const bool skipped = ap_location_walk(r) == OK &&
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
