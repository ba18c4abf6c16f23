// SPDX-License-Identifier: Apache-2.0
#include "trainer/classify_many.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace digit {

namespace {

struct FileClose {
    void operator()(FILE* file) const { fclose(file); }
};

}  // namespace

Result<FileBytes> read_picture_file(const std::string& path, const Limits& limits) {
    const std::unique_ptr<FILE, FileClose> file(fopen(path.c_str(), "rb"));
    FileBytes bytes;
    if (file) {
        // One byte more than is allowed, so that classify() can tell a file that is too long.
        bytes.resize(limits.max_file_bytes + 1);
        bytes.resize(fread(bytes.data(), 1, bytes.size(), file.get()));
        bytes.shrink_to_fit();
        if (!ferror(file.get())) return bytes;
    }
    return Status{Code::kIo, "", std::string("cannot be read (") + strerror(errno) + ")"};
}

std::vector<Result<Classification>> classify_many(
    std::size_t count, const std::function<Result<FileBytes>(std::size_t)>& load,
    const Model& model, const Limits& limits, Team& team) {
    const Status pending{Code::kInternal, "", "was not classified"};
    std::vector<Result<Classification>> results(count, Result<Classification>(pending));
    std::atomic<std::size_t> next{0};
    team.run([&](int) {
        ClassifyScratch scratch;
        for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
            const Result<FileBytes> bytes = load(i);
            results[i] = bytes ? classify(*bytes, model, limits, scratch)
                               : Result<Classification>(bytes.status());
        }
    });
    return results;
}

}  // namespace digit
