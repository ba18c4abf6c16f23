// SPDX-License-Identifier: Apache-2.0
#include "trainer/idx.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace digit {

namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;

Status refuse(const std::string& where, std::string detail) {
    return {Code::kIo, where, std::move(detail)};
}

std::uint32_t big_endian(const std::uint8_t* p) {
    return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

struct GzipClose {
    void operator()(gzFile_s* file) const { gzclose(file); }
};

}  // namespace

Result<Idx> parse_idx(std::span<const std::uint8_t> file, int rank, const std::string& where) {
    const std::size_t header = 4 + 4 * static_cast<std::size_t>(rank);
    if (file.size() < header)
        return refuse(where, "an IDX header of " + std::to_string(rank) + " dimensions has " +
                                 std::to_string(header) + " bytes, but the file ends after " +
                                 std::to_string(file.size()));
    if (file[0] != 0 || file[1] != 0)
        return refuse(where, "is not an IDX file: it does not begin with two zero bytes");
    if (file[2] != kUnsignedByte)
        return refuse(where, "holds IDX elements of type " + std::to_string(file[2]) +
                                 " instead of 8, unsigned bytes");
    if (file[3] != rank)
        return refuse(where, "has " + std::to_string(file[3]) + " dimensions instead of " +
                                 std::to_string(rank));
    Idx idx;
    std::uint64_t elements = 1;
    for (int d = 0; d < rank; ++d) {
        const std::uint32_t size = big_endian(file.data() + 4 + 4 * d);
        if (size == 0) return refuse(where, "has a dimension of size 0");
        if (__builtin_mul_overflow(elements, size, &elements))
            return refuse(where, "announces more elements than a computer can hold");
        idx.sizes.push_back(size);
    }
    if (file.size() - header != elements)
        return refuse(where, "announces " + std::to_string(elements) + " elements and holds " +
                                 std::to_string(file.size() - header));
    idx.bytes.assign(file.begin() + static_cast<std::ptrdiff_t>(header), file.end());
    return idx;
}

Result<std::vector<std::uint8_t>> read_maybe_gzipped(const std::string& path,
                                                     std::size_t max_bytes) {
    errno = 0;
    const std::unique_ptr<gzFile_s, GzipClose> file(gzopen(path.c_str(), "rb"));
    if (!file) return refuse(path, "cannot be opened (" + std::string(strerror(errno)) + ")");
    std::vector<std::uint8_t> content;
    std::vector<std::uint8_t> chunk(1u << 18);
    for (;;) {
        const int got = gzread(file.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
        if (got < 0) {
            int code = Z_OK;
            const char* reason = gzerror(file.get(), &code);
            return refuse(path, std::string("cannot be read (") +
                                    (code == Z_ERRNO ? strerror(errno) : reason) + ")");
        }
        if (got == 0) break;
        if (content.size() + static_cast<std::size_t>(got) > max_bytes)
            return refuse(path, "holds more than " + std::to_string(max_bytes) + " bytes");
        content.insert(content.end(), chunk.begin(), chunk.begin() + got);
    }
    // A gzip stream that ends too early is reported here, not by gzread.
    int code = Z_OK;
    gzerror(file.get(), &code);
    if (code != Z_OK) return refuse(path, "is a gzip file that ends too early");
    return content;
}

}  // namespace digit
