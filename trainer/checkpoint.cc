// SPDX-License-Identifier: Apache-2.0
#include "trainer/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <type_traits>

#include "trainer/idx.h"
#include "trainer/sha256.h"

namespace digit {

namespace {

// Changes with every change of what follows it.
constexpr char kMagic[] = "mod_digit checkpoint 4\n";

constexpr std::size_t kDigestLength = 64;

// Appends values, or takes them off; one description of the layout serves both ways.
class Writer {
  public:
    std::string bytes;

    template <class T>
    requires std::is_trivially_copyable_v<T>
    void value(T& item) { bytes.append(reinterpret_cast<const char*>(&item), sizeof item); }
    template <class C>
    void block(C& items) {
        std::uint64_t count = items.size();
        value(count);
        bytes.append(reinterpret_cast<const char*>(items.data()), count * sizeof items[0]);
    }
    template <class C>
    std::uint64_t count(C& items) {
        std::uint64_t count = items.size();
        value(count);
        return count;
    }
};

class Reader {
  public:
    explicit Reader(std::span<const std::uint8_t> all) : left_(all) {}
    bool ok = true;

    template <class T>
    requires std::is_trivially_copyable_v<T>
    void value(T& item) { take(&item, sizeof item); }
    template <class C>
    void block(C& items) {
        std::uint64_t count = 0;
        value(count);
        if (count > left_.size() / sizeof items[0]) ok = false;
        if (!ok) return;
        items.resize(count);
        take(items.data(), count * sizeof items[0]);
    }
    template <class C>
    std::uint64_t count(C& items) {
        std::uint64_t count = 0;
        value(count);
        // Nothing that is counted takes less than a byte.
        if (count > left_.size()) ok = false;
        items.resize(ok ? count : 0);
        return ok ? count : 0;
    }
    bool finished() const { return ok && left_.empty(); }

  private:
    void take(void* to, std::size_t bytes) {
        if (bytes > left_.size()) ok = false;
        if (!ok || bytes == 0) return;
        std::memcpy(to, left_.data(), bytes);
        left_ = left_.subspan(bytes);
    }
    std::span<const std::uint8_t> left_;
};

template <class Archive>
void archive_network(Archive& archive, NetworkParameters& network) {
    archive.value(network.activation);
    const std::uint64_t layers = archive.count(network.layers);
    for (std::uint64_t l = 0; l < layers; ++l) {
        archive.value(network.layers[l].inputs);
        archive.value(network.layers[l].outputs);
        archive.block(network.layers[l].weight);
        archive.block(network.layers[l].bias);
    }
}

template <class Archive>
void archive_all(Archive& archive, Checkpoint& c) {
    const std::uint64_t settings = archive.count(c.settings);
    for (std::uint64_t i = 0; i < settings; ++i) {
        archive.block(c.settings[i].first);
        archive.block(c.settings[i].second);
    }
    archive.value(c.state.epoch);
    archive.value(c.state.step);
    archive.block(c.state.sums);
    archive.block(c.state.parameters);
    archive.block(c.state.optimiser.first);
    archive.block(c.state.optimiser.second);
    archive.block(c.state.optimiser.average);
    archive.block(c.history);
    bool has_best = c.best.has_value();
    archive.value(has_best);
    if (has_best) {
        if (!c.best) c.best.emplace();
        archive.value(c.best->accuracy);
        archive.value(c.best->loss);
        archive.value(c.best->epoch);
        archive_network(archive, c.best->network);
    }
    archive.value(c.seconds);
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool write_and_sync(int fd, const std::string& bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t n = write(fd, bytes.data() + written, bytes.size() - written);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        written += static_cast<std::size_t>(n);
    }
    return fsync(fd) == 0;
}

}  // namespace

Status write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
    Writer writer;
    writer.bytes = kMagic;
    Checkpoint copy = checkpoint;
    archive_all(writer, copy);
    writer.bytes += sha256_hex({bytes_of(writer.bytes)});

    std::string beside = path + ".XXXXXX";
    const int fd = mkstemp(beside.data());
    const bool written = fd >= 0 && write_and_sync(fd, writer.bytes);
    if (fd >= 0) close(fd);
    if (written && rename(beside.c_str(), path.c_str()) == 0) return {};
    const std::string reason = strerror(errno);
    if (fd >= 0) unlink(beside.c_str());
    return {Code::kIo, path, "cannot be written (" + reason + ")"};
}

Result<Checkpoint> read_checkpoint(const std::string& path) {
    Result<std::vector<std::uint8_t>> file = read_maybe_gzipped(path, std::size_t{4} << 30);
    if (!file) return file.status();
    const std::size_t magic = sizeof kMagic - 1;
    if (file->size() < magic + kDigestLength || std::memcmp(file->data(), kMagic, magic) != 0)
        return Status{Code::kIo, path, "is no checkpoint of this version"};
    const auto body = std::span(*file).first(file->size() - kDigestLength);
    if (std::memcmp(sha256_hex({body}).data(), file->data() + body.size(), kDigestLength) != 0)
        return Status{Code::kIo, path, "is damaged: its digest does not match"};
    Reader reader(body.subspan(magic));
    Checkpoint checkpoint;
    archive_all(reader, checkpoint);
    if (!reader.finished()) return Status{Code::kIo, path, "is damaged"};
    return checkpoint;
}

Status check_same_settings(const std::string& path,
                           const std::vector<std::pair<std::string, std::string>>& wanted,
                           const std::vector<std::pair<std::string, std::string>>& found) {
    for (std::size_t i = 0; i < std::max(wanted.size(), found.size()); ++i) {
        if (i < wanted.size() && i < found.size() && wanted[i] == found[i]) continue;
        const auto& differing = i < wanted.size() ? wanted[i] : found[i];
        return {
            Code::kIo, path,
            "belongs to a training with other settings, the first of which is " + differing.first};
    }
    return {};
}

}  // namespace digit
