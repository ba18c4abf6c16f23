// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/mounts.h"

#include <algorithm>
#include <optional>

#include "mod_digit/route.h"

namespace digit {
namespace {

// RFC 3986's unreserved characters, and slashes.
constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

// What of `path` lies below `prefix`, as <Location> and <Directory> match: whole segments only.
std::optional<std::string_view> below(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return std::nullopt;
    if (prefix.ends_with('/')) return path.substr(prefix.size() - 1);
    if (path.size() > prefix.size() && path[prefix.size()] != '/') return std::nullopt;
    return path.substr(prefix.size());
}

std::optional<std::string_view> below_longest(std::string_view path,
                                              const std::vector<std::string>& prefixes) {
    std::optional<std::string_view> shortest_rest;
    for (const std::string& prefix : prefixes) {
        const std::optional<std::string_view> rest = below(path, prefix);
        if (rest && (!shortest_rest || rest->size() < shortest_rest->size())) shortest_rest = rest;
    }
    return shortest_rest;
}

}  // namespace

BelowMount below_mount(const MountTable& mounts, std::string_view uri, std::string_view file) {
    std::optional<std::string_view> rest = below_longest(uri, mounts.urls);
    if (!rest) {
        const std::optional<std::string_view> in_folder = below_longest(file, mounts.folders);
        // The URL ends as the file's path does, unless something rewrote it.
        if (in_folder && uri.ends_with(*in_folder))
            rest = uri.substr(uri.size() - in_folder->size());
    }
    // A handler that was set by a pattern: httpd does not tell what it matched.
    const std::size_t start = rest ? uri.size() - rest->size() : known_path_start(uri);
    return {uri.substr(start), uri.substr(0, start)};
}

bool encloses(std::string_view name, std::string_view path) {
    if (name.ends_with('/')) name.remove_suffix(1);
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
}

bool is_literal_path(std::string_view path) {
    return path.starts_with('/') && path.find("//") == path.npos && path.find("/.") == path.npos &&
           path.find_first_not_of(kPlain) == path.npos;
}

std::string relative_base(const BelowMount& below) {
    if (below.path.empty())
        return "./" + percent_encoded(below.mount.substr(below.mount.rfind('/') + 1)) + "/";
    const auto slashes = std::count(below.path.begin(), below.path.end(), '/');
    if (slashes == 1) return "./";
    std::string up;
    for (auto i = slashes; i > 1; --i) up += "../";
    return up;
}

std::string percent_encoded(std::string_view path) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : path) {
        if (kPlain.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return encoded;
}

}  // namespace digit
