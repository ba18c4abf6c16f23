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
    kInfer,
    kTellServer,  // Open Inference Protocol: who serves,
    kTellModel,   // what the model takes and gives,
    kTellLive,    // that the server answers,
    kTellReady,   // and that a model serves
    kTellModelReady,
    kTellMetrics,
    kTellOpenApi,
    kTakeCorrection,
    kTellMethods,
    kRefuseMethod,
    kRefusePath,
};

// What a path is counted as, in /metrics and server-status.
enum class Endpoint {
    kPage,
    kCurlApi,
    kStatic,
    kInfer,
    kMetadata,
    kHealth,
    kMetrics,
    kOpenApi,
    kFeedback,
    kUnknown,
};
inline constexpr std::size_t kEndpoints = 10;

// "page", "curl-api", …
std::string_view endpoint_name(Endpoint endpoint);

enum class Format { kHtml, kJson, kText };

struct Route {
    Action action;
    Endpoint endpoint;
    Format format;           // of an answer
    Format error_format;     // of a refusal
    std::string_view allow;  // the methods of this path, for the Allow header
    std::string_view file;   // with kServeFile: the name below static/, not looked up yet
};

// path: decoded, below the mount point: "" for the mount point itself without its slash, else
// beginning with a slash. accept: the Accept header, empty where there is none.
Route route(std::string_view method, std::string_view path, std::string_view accept);

// Where the path below the mount point starts in the path of a URL, as far as the paths that the
// module knows tell: the last place from which on they match, else its last slash or its end.
std::size_t known_path_start(std::string_view uri);

// Whether the query string says `name`, `name=1` or `name=true`.
bool query_flag(std::string_view query, std::string_view name);

}  // namespace digit
