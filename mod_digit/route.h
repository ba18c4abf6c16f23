// SPDX-License-Identifier: Apache-2.0
// From method, path below the mount point and Accept to what is to be done. Pure.
#pragma once

#include <string_view>

namespace digit {

enum class Action {
    kShowPage,
    kClassify,
    kServeFile,
    kAddSlash,  // the page at "/digit" would look for its files beside the mount, not below it
    kTellMethods,
    kRefuseMethod,
    kRefusePath,
};

enum class Format { kHtml, kJson, kText };

struct Route {
    Action action;
    Format format;           // of an answer
    Format error_format;     // of a refusal
    std::string_view allow;  // the methods of this path, for the Allow header
    std::string_view file;   // with kServeFile: the name below static/, not looked up yet
};

// path: decoded, below the mount point: "" for the mount point itself without its slash, else
// beginning with a slash. accept: the Accept header, empty where there is none.
Route route(std::string_view method, std::string_view path, std::string_view accept);

// Whether the query string says `name`, `name=1` or `name=true`.
bool query_flag(std::string_view query, std::string_view name);

}  // namespace digit
