// SPDX-License-Identifier: Apache-2.0
// Where the configuration says `SetHandler digit`.
#pragma once

#include <httpd.h>

#include <string>
#include <vector>

namespace digit {

enum class MountKind {
    kUrl,      // <Location "/digit">, or a server as a whole: "/"
    kFolder,   // <Directory "/var/www/digit">
    kPattern,  // anything whose place is known at the request only: <LocationMatch>, <Files>, …
};

struct ConfiguredMount {
    const server_rec* server;  // the main server for what stands outside of every <VirtualHost>
    MountKind kind;
    std::string path;  // without the last slash of a folder; empty for a pattern
};

// Read from the configuration tree, for httpd keeps the handler itself as a compiled expression
// that can be evaluated only with a request. In the order of the configuration files.
std::vector<ConfiguredMount> configured_mounts(apr_pool_t* pool, const server_rec* main_server);

}  // namespace digit
