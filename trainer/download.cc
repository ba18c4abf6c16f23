// SPDX-License-Identifier: Apache-2.0
#include "trainer/download.h"

#include <curl/curl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "trainer/dataset.h"
#include "trainer/idx.h"
#include "trainer/progress.h"
#include "trainer/sha256.h"

namespace digit {

namespace {

namespace fs = std::filesystem;

// Five times the largest of the files, which has 10 MB.
constexpr curl_off_t kMaxBytes = 50'000'000;

// A file that is removed unless it is kept under its final name.
class PartialFile {
  public:
    explicit PartialFile(const fs::path& final_name) : final_(final_name) {
        name_ = final_name.string() + ".XXXXXX";
        const int fd = mkstemp(name_.data());
        if (fd >= 0) file_ = fdopen(fd, "wb");
    }
    ~PartialFile() {
        if (file_ != nullptr) fclose(file_);
        if (!kept_) unlink(name_.c_str());
    }
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;

    FILE* file() const { return file_; }
    const std::string& name() const { return name_; }

    // mkstemp gives a file to its owner alone, but these are nobody's secret.
    bool flush() {
        return fflush(file_) == 0 && fchmod(fileno(file_), 0644) == 0 && fsync(fileno(file_)) == 0;
    }
    bool keep() { return kept_ = rename(name_.c_str(), final_.c_str()) == 0; }

  private:
    fs::path final_;
    std::string name_;
    FILE* file_ = nullptr;
    bool kept_ = false;
};

struct Bar {
    std::string label;
    std::unique_ptr<Progress> progress;
};

int show(void* data, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    Bar& bar = *static_cast<Bar*>(data);
    if (total <= 0) return 0;
    if (!bar.progress) bar.progress = std::make_unique<Progress>(total, "B");
    bar.progress->update(now, bar.label);
    return 0;
}

struct CurlCleanup {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

Status fetch(const std::string& url, FILE* to, const std::string& label) {
    const std::unique_ptr<CURL, CurlCleanup> curl(curl_easy_init());
    if (!curl) return {Code::kIo, url, "libcurl does not start"};
    char reason[CURL_ERROR_SIZE] = "";
    Bar bar{label, nullptr};
    CURL* c = curl.get();
    curl_easy_setopt(c, CURLOPT_URL, url.c_str());
    curl_easy_setopt(c, CURLOPT_WRITEDATA, to);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, kMaxBytes);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 30L);
    // A connection that has died: under 100 bytes a second for half a minute.
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 30L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "digit-train");
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, show);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, &bar);
    const CURLcode code = curl_easy_perform(c);
    if (code == CURLE_OK) return {};
    return {Code::kIo, url,
            std::string("cannot be fetched (") +
                (reason[0] != '\0' ? reason : curl_easy_strerror(code)) + ")"};
}

Status download_one(const std::string& url, const fs::path& target, const MnistFile& wanted) {
    PartialFile partial(target);
    if (partial.file() == nullptr)
        return {Code::kIo, target.string(),
                std::string("cannot be written (") + strerror(errno) + ")"};
    Status fetched = fetch(url, partial.file(), wanted.name);
    if (!fetched.ok()) return fetched;
    // Unreachable by a test, as is keep() below: what is left is a disk that fills up or fails.
    if (!partial.flush())
        return {Code::kIo, target.string(),
                std::string("cannot be written (") + strerror(errno) + ")"};
    const Result<std::vector<std::uint8_t>> content = read_maybe_gzipped(partial.name());
    if (!content) return {Code::kIo, url, "sent something that is no whole gzip file"};
    const std::string digest = sha256_hex({*content});
    if (digest != wanted.sha256)
        return {Code::kIo, url,
                "sent content with the SHA-256 " + digest + " instead of " + wanted.sha256};
    if (!partial.keep())
        return {Code::kIo, target.string(),
                std::string("cannot be written (") + strerror(errno) + ")"};
    return {};
}

}  // namespace

std::string cache_folder() {
    if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && xdg[0] == '/')
        return std::string(xdg) + "/mod_digit";
    if (const char* home = std::getenv("HOME"); home != nullptr && home[0] != '\0')
        return std::string(home) + "/.cache/mod_digit";
    return "";
}

Status download_mnist(const std::string& mirror, const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return {Code::kIo, folder, "cannot be made (" + error.message() + ")"};
    const std::string base = mirror.ends_with('/') ? mirror : mirror + "/";
    for (const MnistFile& file : kMnistFiles) {
        const fs::path plain = fs::path(folder) / file.name;
        const fs::path zipped = plain.string() + ".gz";
        if (fs::exists(plain, error) || fs::exists(zipped, error)) continue;
        Status status = download_one(base + file.name + ".gz", zipped, file);
        if (!status.ok()) return status;
    }
    return {};
}

}  // namespace digit
