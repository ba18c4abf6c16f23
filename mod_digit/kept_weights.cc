// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/kept_weights.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace digit {
namespace {

// What lies in the process's pool. Another version of the module may be the one to read it, so the
// key's number changes with the layout: then it is as if nothing had been kept.
constexpr char kKey[] = "mod_digit:kept-weights:1";

struct Record {
    Record* next;
    int fd;
    apr_time_t since;
    const char* path;
    const char* sha256;
    const char* places;  // one a line
};

struct Kept {
    apr_pool_t* pool;  // of this, the records and their strings
    Record* first;
};

const Kept* find_kept(apr_pool_t* process_pool) {
    void* kept = nullptr;
    apr_pool_userdata_get(&kept, kKey, process_pool);
    return static_cast<const Kept*>(kept);
}

std::vector<std::string> lines(const char* text) {
    std::vector<std::string> all;
    while (*text != '\0') {
        const char* end = std::strchr(text, '\n');
        all.emplace_back(text, end);
        text = end + 1;
    }
    return all;
}

Record* record_of(apr_pool_t* pool, const KeptWeights& kept, Record* next) {
    std::string places;
    for (const std::string& place : kept.places) places += place + '\n';
    auto* record = static_cast<Record*>(apr_palloc(pool, sizeof(Record)));
    *record = {next,
               kept.fd,
               kept.since,
               apr_pstrdup(pool, kept.path.c_str()),
               apr_pstrdup(pool, kept.sha256.c_str()),
               apr_pstrdup(pool, places.c_str())};
    return record;
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

Result<SealedBytes> SealedBytes::make(std::span<const std::uint8_t> bytes) {
    SealedBytes sealed;
    sealed.fd_ = memfd_create("mod_digit weights", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (sealed.fd_ < 0 || !write_all(sealed.fd_, bytes) ||
        fcntl(sealed.fd_, F_ADD_SEALS, kSeals) != 0)
        return Status{Code::kOutOfMemory, "",
                      std::string("no memory to keep the weights in: ") + std::strerror(errno)};
    return sealed;
}

SealedBytes::~SealedBytes() {
    if (fd_ >= 0) close(fd_);
}

int SealedBytes::release() { return std::exchange(fd_, -1); }

bool has_kept_weights(apr_pool_t* process_pool) { return find_kept(process_pool) != nullptr; }

std::vector<KeptWeights> kept_weights(apr_pool_t* process_pool) {
    std::vector<KeptWeights> all;
    const Kept* kept = find_kept(process_pool);
    for (const Record* r = kept ? kept->first : nullptr; r != nullptr; r = r->next)
        all.push_back({r->fd, r->path, r->sha256, lines(r->places), r->since});
    return all;
}

void keep_weights(apr_pool_t* process_pool, std::span<const KeptWeights> all) {
    const Kept* earlier = find_kept(process_pool);
    // A pool of their own, or every restart would leave its records in the process's.
    apr_pool_t* pool = nullptr;
    apr_pool_create(&pool, process_pool);
    auto* kept = static_cast<Kept*>(apr_palloc(pool, sizeof(Kept)));
    *kept = {pool, nullptr};
    for (const KeptWeights& one : all) kept->first = record_of(pool, one, kept->first);
    // Copies the key, which goes with the module. No cleanup: it would go with the module too.
    apr_pool_userdata_set(kept, kKey, nullptr, process_pool);
    if (earlier == nullptr) return;
    for (const Record* r = earlier->first; r != nullptr; r = r->next)
        if (std::none_of(all.begin(), all.end(),
                         [&](const KeptWeights& one) { return one.fd == r->fd; }))
            close(r->fd);
    apr_pool_destroy(earlier->pool);
}

Result<Pages> read_sealed(int fd) {
    const auto failed = [] {
        return Status{Code::kIo, "",
                      std::string("the kept weights cannot be read: ") + std::strerror(errno)};
    };
    // Failures are unreachable by a test, but for a lack of memory: the descriptor is our own, of a
    // sealed memory file.
    struct stat info;
    if (fstat(fd, &info) != 0) return failed();
    Pages bytes(static_cast<std::size_t>(info.st_size));
    if (bytes.empty()) return Status{Code::kOutOfMemory, "", "no memory to read the kept weights"};
    std::span<std::uint8_t> rest = bytes.bytes();
    while (!rest.empty()) {
        const ssize_t n =
            pread(fd, rest.data(), rest.size(), info.st_size - static_cast<off_t>(rest.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return failed();
        rest = rest.subspan(static_cast<std::size_t>(n));
    }
    return bytes;
}

}  // namespace digit
