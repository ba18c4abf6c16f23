// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/static_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "libdigit/weights_digest.h"

namespace digit {
namespace {

constexpr std::size_t kMaxStaticFileBytes = 4u << 20;

}  // namespace

std::variant<std::string, LoadFault> read_text_file(const std::string& path) {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
    if (!file) return LoadFault{path + " cannot be read: " + std::strerror(errno)};
    std::string bytes;
    // Only a hint: a file may have grown by the time it is read, and a pipe has no size.
    if (struct stat info; fstat(fileno(file.get()), &info) == 0 && info.st_size > 0)
        bytes.reserve(std::min(static_cast<std::size_t>(info.st_size), kMaxStaticFileBytes));
    char block[16384];
    while (const std::size_t n = std::fread(block, 1, sizeof block, file.get())) {
        bytes.append(block, n);
        if (bytes.size() > kMaxStaticFileBytes)
            return LoadFault{path + " has more than the 4 MiB that a file of the page may have"};
    }
    if (std::ferror(file.get()))
        return LoadFault{path + " cannot be read: " + std::strerror(errno)};
    bytes.shrink_to_fit();
    return bytes;
}

std::variant<StaticFile, LoadFault> load_static_file(const std::string& path, std::string name,
                                                     std::string_view content_type) {
    auto bytes = read_text_file(path);
    if (auto* fault = std::get_if<LoadFault>(&bytes)) return std::move(*fault);
    return make_static_file(std::move(name), content_type, std::move(std::get<std::string>(bytes)));
}

StaticFile make_static_file(std::string name, std::string_view content_type, std::string bytes) {
    StaticFile file{std::move(name), content_type, {}, std::move(bytes)};
    Sha256 digest;
    digest.update(file.bytes);
    file.etag = '"' + digest.hex().substr(0, 32) + '"';
    return file;
}

}  // namespace digit
