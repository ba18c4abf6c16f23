// SPDX-License-Identifier: Apache-2.0
// Where the handler is mounted, and what of a request's path lies below. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace digit {

struct MountTable {
    // What <Location> sections that set the handler name, without patterns: "/", "/digit", "/a/b/".
    std::vector<std::string> urls;
    // What <Directory> sections name, without their last slash: "/var/www/digit".
    std::vector<std::string> folders;
};

struct BelowMount {
    // What is left of the path: "" at the mount point itself without its slash, else "/…".
    std::string_view path;
    // The mount point's URL path, without its last slash: "", "/digit".
    std::string_view mount;
};

// uri: the request's decoded path. file: the file that httpd maps it to with its path info, or
// empty. The longest mount point that httpd would match wins. Where none does (the handler was set
// by <LocationMatch>, <If>, <Files>, a rewrite, …) the paths that the module knows are looked for
// at the end of the URI, and what is left of it is the mount point.
BelowMount below_mount(const MountTable& mounts, std::string_view uri, std::string_view file);

// Whether httpd merges a <Location> or <Directory> called `name` for a request to `path`: whole
// segments only.
bool encloses(std::string_view name, std::string_view path);

// Whether the path of a URL, before httpd decodes it, is what httpd makes of it: unreserved
// characters and single slashes, no segment that begins with a dot.
bool is_literal_path(std::string_view path);

// The relative URL that leads from a page at `below` to its mount point: "./" from "/digit/",
// "./digit/" from "/digit", "../" from "/digit/a/b".
std::string relative_base(const BelowMount& below);

// A decoded path for use in a URL: everything but RFC 3986's unreserved characters and slashes is
// percent-encoded, so that neither a shell nor a quoted attribute sees anything in it.
std::string percent_encoded(std::string_view path);

}  // namespace digit
