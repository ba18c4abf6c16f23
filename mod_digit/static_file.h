// SPDX-License-Identifier: Apache-2.0
// Files of the page, read once when the server starts and served from memory.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace digit {

// One sentence without its full stop.
struct LoadFault {
    std::string reason;
};

struct StaticFile {
    std::string name;  // below static/, as URLs have it
    std::string_view content_type;
    std::string etag;  // strong, quoted: the same bytes have the same one on every machine
    std::string bytes;
};

// A whole file of at most 4 MiB.
std::variant<std::string, LoadFault> read_text_file(const std::string& path);

StaticFile make_static_file(std::string name, std::string_view content_type, std::string bytes);

std::variant<StaticFile, LoadFault> load_static_file(const std::string& path, std::string name,
                                                     std::string_view content_type);

}  // namespace digit
