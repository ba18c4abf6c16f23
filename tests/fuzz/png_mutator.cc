// SPDX-License-Identifier: Apache-2.0
// Mutations that reach what lies behind a PNG's checksums and compression: after each one the
// chunks' CRCs are set right, and now and then the inflated rows are changed and deflated again.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "libdigit/png_chunks.h"
#include "tests/fuzz/fuzz.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max, unsigned seed);

namespace digit::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMostRows = 1 << 18;

void put_u32(std::uint8_t* out, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t crc_of(const std::uint8_t* type, std::size_t size) {
    return static_cast<std::uint32_t>(crc32(0, type, static_cast<uInt>(size)));
}

void set_crcs(std::uint8_t* data, std::size_t size) {
    PngChunks chunks({data, size});
    while (const auto chunk = chunks.next()) {
        std::uint8_t* whole = data + (chunk->whole.data() - data);
        const std::size_t checked = chunk->content.size() + 4;
        put_u32(whole + 4 + checked, crc_of(whole + 4, checked));
    }
}

Bytes inflated(std::span<const std::uint8_t> content) {
    Bytes rows(kMostRows);
    z_stream stream{};
    inflateInit(&stream);
    stream.next_in = const_cast<Bytef*>(content.data());
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = rows.data();
    stream.avail_out = static_cast<uInt>(rows.size());
    inflate(&stream, Z_FINISH);
    rows.resize(stream.total_out);
    inflateEnd(&stream);
    return rows;
}

// The file with its first IDAT's rows mutated; its size, 0 where there is none or no room.
std::size_t mutate_rows(std::uint8_t* data, std::size_t size, std::size_t max) {
    PngChunks chunks({data, size});
    auto chunk = chunks.next();
    while (chunk && !chunk->is("IDAT")) chunk = chunks.next();
    if (!chunk) return 0;
    Bytes rows = inflated(chunk->content);
    const std::size_t had = rows.size();
    rows.resize(had + 64);
    rows.resize(LLVMFuzzerMutate(rows.data(), had, rows.size()));
    Bytes packed(compressBound(static_cast<uLong>(rows.size())));
    uLongf packed_size = static_cast<uLongf>(packed.size());
    compress2(packed.data(), &packed_size, rows.data(), static_cast<uLong>(rows.size()), 1);
    const std::size_t begin = static_cast<std::size_t>(chunk->whole.data() - data);
    const Bytes tail(data + begin + chunk->whole.size(), data + size);
    const std::size_t new_size = begin + 12 + packed_size + tail.size();
    if (new_size > max) return 0;
    put_u32(data + begin, static_cast<std::uint32_t>(packed_size));
    std::memcpy(data + begin + 8, packed.data(), packed_size);
    std::copy(tail.begin(), tail.end(), data + begin + 12 + packed_size);
    return new_size;
}

}  // namespace
}  // namespace digit::fuzz

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max,
                                    unsigned seed) {
    std::size_t changed = seed % 3 == 0 ? digit::fuzz::mutate_rows(data, size, max) : 0;
    if (changed == 0) changed = LLVMFuzzerMutate(data, size, max);
    // Seldom a CRC stays wrong, so that this is tried too.
    if (seed % 16 != 1) digit::fuzz::set_crcs(data, changed);
    return changed;
}
