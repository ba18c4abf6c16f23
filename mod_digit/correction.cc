// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/correction.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "libdigit/decode.h"
#include "libdigit/png_writer.h"
#include "mod_digit/base64.h"

namespace digit {
namespace {

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

// nlohmann's SAX interface: the two members of the body's object. Event by event, because values
// that hold others allocate when they end, which memory may be lacking for.
struct CorrectionReader {
    std::optional<std::uint64_t> digit;
    std::optional<std::string> picture;
    bool is_object = false;

    bool start_object(std::size_t) {
        is_object |= depth_ == 0;
        return enter();
    }
    bool start_array(std::size_t) { return enter(); }
    bool end_object() { return leave(); }
    bool end_array() { return leave(); }
    bool key(std::string& name) {
        // The last of several of one name holds, and nothing but its own kind of value.
        member_ = depth_ != 1         ? Member::kOther
                  : name == "digit"   ? Member::kDigit
                  : name == "picture" ? Member::kPicture
                                      : Member::kOther;
        if (member_ == Member::kDigit) digit.reset();
        if (member_ == Member::kPicture) picture.reset();
        return true;
    }
    bool string(std::string& text) {
        if (here(Member::kPicture)) picture = std::move(text);
        return true;
    }
    bool number_unsigned(std::uint64_t number) {
        if (here(Member::kDigit)) digit = number;
        return true;
    }
    bool number_integer(std::int64_t) { return true; }
    bool number_float(double, const std::string&) { return true; }
    bool boolean(bool) { return true; }
    bool null() { return true; }
    bool binary(nlohmann::json::binary_t&) { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
        return false;
    }

  private:
    enum class Member { kDigit, kPicture, kOther };
    bool here(Member member) const { return depth_ == 1 && member_ == member; }
    bool enter() {
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }

    int depth_ = 0;
    Member member_ = Member::kOther;
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
    if (!folder) {  // unreachable by a test: a lack of memory alone
        close(fd);
        return 0;
    }
    std::uint64_t count = 0;
    while (const dirent* entry = readdir(folder.get())) count += entry->d_name[0] != '.';
    return count;
}

// A name that no picture of `folder` has, as long as the lock is held. Not a request's id, from
// which those that came before and after can be computed: whoever knows a log or an answer must not
// tell from it which picture was stored then. Empty, with errno, where the kernel has no randomness
// to give.
std::string unused_name(int folder) {
    std::array<unsigned char, 16> bits;
    while (getentropy(bits.data(), bits.size()) == 0) {
        std::string name;
        for (const unsigned char byte : bits)
            for (const int half : {byte >> 4, byte & 15}) name += "0123456789abcdef"[half];
        name += ".png";
        struct stat taken;
        if (fstatat(folder, name.c_str(), &taken, AT_SYMLINK_NOFOLLOW) != 0) return name;
    }
    return {};
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
    CorrectionReader read;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &read) || !read.is_object)
        return broken("the body is not a JSON object");
    if (!read.digit || *read.digit > 9) return broken("digit is not a whole number from 0 to 9");
    if (!read.picture || !read.picture->starts_with(kDataUri))
        return broken("picture is not a string that begins with " + std::string(kDataUri));
    const auto bytes = base64_decoded(std::string_view(*read.picture).substr(kDataUri.size()));
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
    correction.digit = static_cast<int>(*read.digit);
    std::copy_n(decoded->pixels.begin(), kInputPixels, correction.pixels.begin());
    return correction;
}

std::variant<Stored, Problem> store_correction(const std::string& folder, std::uint64_t limit,
                                               const Correction& correction) {
    const Descriptor all(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!all.ok()) return failed("DigitFeedbackDir " + folder + " cannot be opened");
    // Until the descriptor is closed, so that two processes never fill the last place both.
    while (flock(all.get(), LOCK_EX) != 0)
        // Unreachable by a test: EINTR is all that a folder of our own is refused with.
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
    const std::string place = folder + "/" + name;
    if (!of_digit.ok()) return failed(place + " cannot be written; let httpd's user write there");
    const std::string file = unused_name(of_digit.get());
    if (file.empty()) return failed("a correction cannot be named");
    if (!write_beside_and_rename(of_digit.get(), file,
                                 encode_png(correction.pixels, kInputEdge, kInputEdge, 1)))
        return failed(place + " cannot be written; let httpd's user write there");
    return Stored{};
}

}  // namespace digit
