// SPDX-License-Identifier: Apache-2.0
// The reader's own copy of a file, so that nothing that happens to the file later matters.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "libdigit/weights_file.h"

namespace digit {
namespace {

constexpr std::size_t kMaxFileBytes = 256u << 20;

}  // namespace

Result<Pages> read_weights_bytes(const std::string& path) {
    const auto failed = [&](const char* what) {
        return Status{Code::kIo, path, std::string(what) + ": " + std::strerror(errno)};
    };
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return failed("cannot be opened");
    struct stat info;
    Pages copy;
    std::optional<Status> status;
    if (fstat(fd, &info) != 0)  // unreachable by a test, of a descriptor of our own
        status = failed("cannot be read");
    else if (!S_ISREG(info.st_mode))
        status = Status{Code::kIo, path, "is not a regular file"};
    else if (static_cast<std::uint64_t>(info.st_size) > kMaxFileBytes)
        status = Status{Code::kWeightsLayout, path, "is over 256 MiB, which no network here needs"};
    else if (copy = Pages(static_cast<std::size_t>(info.st_size)); copy.empty() && info.st_size > 0)
        status = Status{Code::kOutOfMemory, path, "there is no memory to read it into"};
    std::span<std::uint8_t> rest = copy.bytes();
    while (!status && !rest.empty()) {
        const ssize_t n = read(fd, rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        // unreachable by a test: what is left is a disk that fails
        if (n < 0) status = failed("cannot be read");
        if (n == 0)
            status = Status{Code::kWeightsTruncated, path, "became shorter while it was read"};
        if (n <= 0) break;
        rest = rest.subspan(static_cast<std::size_t>(n));
    }
    close(fd);
    if (status) return *status;
    return copy;
}

}  // namespace digit
