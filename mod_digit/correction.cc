// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/correction.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "libdigit/decode.h"
#include "libdigit/png_writer.h"
#include "mod_digit/base64.h"
#include "mod_digit/request_id.h"

namespace digit {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kDataUri = "data:image/png;base64,";

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    int get() const { return fd_; }
    bool ok() const { return fd_ >= 0; }

  private:
    int fd_;
};

Problem broken(const std::string& found) { return make_problem(Fault::kBrokenJson, found); }

Problem failed(const std::string& what) {
    return make_problem(Fault::kInternal, what + ": " + std::strerror(errno));
}

// Entries of a folder that are no hidden ones; 0 where there is no such folder.
std::uint64_t entries_of(int parent, const char* name) {
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return 0;
    const auto close_folder = [](DIR* folder) { closedir(folder); };
    const std::unique_ptr<DIR, decltype(close_folder)> folder(fdopendir(fd), close_folder);
    if (!folder) {
        close(fd);
        return 0;
    }
    std::uint64_t count = 0;
    while (const dirent* entry = readdir(folder.get())) count += entry->d_name[0] != '.';
    return count;
}

bool write_all(int fd, const std::vector<std::uint8_t>& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += static_cast<std::size_t>(n);
    }
    return true;
}

// Writes `name` in a folder: all of it or nothing.
bool write_beside_and_rename(int folder, const std::string& name,
                             const std::vector<std::uint8_t>& bytes) {
    const std::string hidden = "." + name;
    {
        const Descriptor file(
            openat(folder, hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
        if (!file.ok()) return false;
        if (write_all(file.get(), bytes) && fsync(file.get()) == 0 &&
            renameat(folder, hidden.c_str(), folder, name.c_str()) == 0)
            return true;
    }
    const int why = errno;
    unlinkat(folder, hidden.c_str(), 0);
    errno = why;
    return false;
}

}  // namespace

std::variant<Correction, Problem> parse_correction(std::string_view text) {
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!json.is_object()) return broken("the body is not a JSON object");
    const auto digit = json.find("digit");
    if (digit == json.end() || !digit->is_number_unsigned() || digit->get<std::uint64_t>() > 9)
        return broken("digit is not a whole number from 0 to 9");
    const auto uri = json.find("picture");
    const auto* picture = uri == json.end() ? nullptr : uri->get_ptr<const std::string*>();
    if (picture == nullptr || !picture->starts_with(kDataUri))
        return broken("picture is not a string that begins with " + std::string(kDataUri));
    const auto bytes = base64_decoded(std::string_view(*picture).substr(kDataUri.size()));
    if (!bytes) return broken("picture is not base64");

    Limits limits;
    limits.min_edge = 1;
    limits.max_file_bytes = kMaxCorrectionBytes;
    const auto* file = reinterpret_cast<const std::uint8_t*>(bytes->data());
    const auto decoded = decode({file, bytes->size()}, limits, Colour::kLuma);
    if (!decoded.ok()) return make_problem(decoded.status());
    if (decoded->width != kInputEdge || decoded->height != kInputEdge)
        return make_problem(Fault::kNotFramed,
                            "the picture has " + std::to_string(decoded->source_width) + "×" +
                                std::to_string(decoded->source_height) + " pixels, not 28×28");
    Correction correction;
    correction.digit = digit->get<int>();
    std::copy_n(decoded->pixels.begin(), kInputPixels, correction.pixels.begin());
    return correction;
}

std::variant<Stored, Problem> store_correction(const std::string& folder, std::uint64_t limit,
                                               const Correction& correction) {
    const Descriptor all(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!all.ok()) return failed("DigitFeedbackDir " + folder + " cannot be opened");
    // Until the descriptor is closed, so that two processes never fill the last place both.
    while (flock(all.get(), LOCK_EX) != 0)
        if (errno != EINTR) return failed("DigitFeedbackDir " + folder + " cannot be locked");
    std::uint64_t kept = 0;
    for (int d = 0; d < kDigits; ++d) kept += entries_of(all.get(), std::to_string(d).c_str());
    if (kept >= limit)
        return make_problem(Fault::kFeedbackFull,
                            "this server keeps at most " + std::to_string(limit) +
                                " corrections and has them (DigitFeedbackLimit)");
    const std::string name = std::to_string(correction.digit);
    if (mkdirat(all.get(), name.c_str(), 0750) != 0 && errno != EEXIST)
        return failed(folder + "/" + name + " cannot be made; let httpd's user write there");
    const Descriptor of_digit(
        openat(all.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!of_digit.ok() ||
        !write_beside_and_rename(of_digit.get(), new_request_id() + new_request_id() + ".png",
                                 encode_png(correction.pixels, kInputEdge, kInputEdge, 1)))
        return failed(folder + "/" + name + " cannot be written; let httpd's user write there");
    return Stored{};
}

}  // namespace digit
