// SPDX-License-Identifier: Apache-2.0
// PNG through libpng's push reader: it hands over each row as it is inflated, interlaced or not,
// and does not inflate what follows the last row. A small picture is inflated before libpng gets it
// (libdigit/stored_idat.h). Only the chunks that the pixels need are given
// to it; text, profiles and the like are stepped over unread.
#include <png.h>
#include <setjmp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "libdigit/decode_job.h"
#include "libdigit/exif.h"
#include "libdigit/luma.h"
#include "libdigit/palette.h"
#include "libdigit/png_chunks.h"
#include "libdigit/reducer.h"
#include "libdigit/stored_idat.h"

namespace digit {
namespace {

constexpr char kWhere[] = "PNG";

// The seven passes of Adam7. Source: PNG specification §8.2.
struct Pass {
    std::uint32_t x, y, step_x, step_y;
};
constexpr std::array<Pass, 7> kAdam7 = {{{0, 0, 8, 8},
                                         {4, 0, 8, 8},
                                         {0, 4, 4, 8},
                                         {2, 0, 4, 4},
                                         {0, 2, 2, 4},
                                         {1, 0, 2, 2},
                                         {0, 1, 1, 2}}};

struct Header {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    int depth = 0;
    int colour_type = 0;
    bool interlaced = false;
};

// What libpng's row holds and what becomes of it.
enum class RowKind { kReady, kPalette, kRgb, kRgba };

// Lives outside every function that longjmp may leave.
struct PngReader {
    explicit PngReader(DecodeJob& the_job) : job(the_job) {}
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    DecodeJob& job;
    png_structp png = nullptr;
    png_infop info = nullptr;
    jmp_buf jump;
    Refusal refusal = nullptr;  // why a callback gave up; else see `message`
    std::array<char, 128> message{};

    Header header;
    std::size_t row_bytes = 0;  // as stored
    RowKind kind = RowKind::kReady;
    std::optional<Palette> palette;
    std::vector<std::uint8_t> row;  // converted, unless kReady
    std::optional<Reducer> reducer;
    std::uint64_t rows_left = 0;
};

// ---- What libpng calls -----------------------------------------------------------------------

PngReader& reader_of(png_structp png) { return *static_cast<PngReader*>(png_get_error_ptr(png)); }

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    PngReader& reader = reader_of(png);
    std::snprintf(reader.message.data(), reader.message.size(), "%s", message);
    longjmp(reader.jump, 1);
}

void on_warning(png_structp, png_const_charp) {}

// Each block is preceded by its size, so that giving it back is counted too.
constexpr std::size_t kBlockHeader = alignof(std::max_align_t);

png_voidp allocate(png_structp png, png_alloc_size_t bytes) {
    PngReader& reader = *static_cast<PngReader*>(png_get_mem_ptr(png));
    if (!reader.job.memory.take(bytes + kBlockHeader)) {
        reader.refusal = over_memory;
        return nullptr;
    }
    LentBlock* lent = reader.job.block;
    void* taken = lent == nullptr ? nullptr : lent->take(bytes + kBlockHeader);
    auto* block =
        static_cast<std::uint8_t*>(taken != nullptr ? taken : std::malloc(bytes + kBlockHeader));
    if (block == nullptr) {
        reader.refusal = no_memory;
        return nullptr;
    }
    std::memcpy(block, &bytes, sizeof bytes);
    return block + kBlockHeader;
}

void release(png_structp png, png_voidp memory) {
    if (memory == nullptr) return;
    auto* block = static_cast<std::uint8_t*>(memory) - kBlockHeader;
    png_alloc_size_t bytes;
    std::memcpy(&bytes, block, sizeof bytes);
    DecodeJob& job = static_cast<PngReader*>(png_get_mem_ptr(png))->job;
    job.memory.give_back(bytes + kBlockHeader);
    if (job.block == nullptr || !job.block->holds(block)) std::free(block);
}

// One row of libpng to the reducer's samples.
const std::uint8_t* convert_row(PngReader& reader, const std::uint8_t* in, std::uint32_t count) {
    std::uint8_t* out = reader.row.data();
    switch (reader.kind) {
        case RowKind::kReady:
            return in;
        case RowKind::kPalette: {
            const ReducerShape& shape = reader.reducer->shape();
            reader.palette->expand(in, count, shape.channels, shape.alpha, out);
            break;
        }
        case RowKind::kRgb:
            for (std::uint32_t i = 0; i < count; ++i, in += 3) out[i] = luma(in[0], in[1], in[2]);
            break;
        case RowKind::kRgba:
            for (std::uint32_t i = 0; i < count; ++i, in += 4, out += 2) {
                out[0] = luma(in[0], in[1], in[2]);
                out[1] = in[3];
            }
            break;
    }
    return reader.row.data();
}

void on_row(png_structp png, png_bytep row, png_uint_32 row_in_pass, int pass_number) {
    PngReader& reader = reader_of(png);
    if (row == nullptr || reader.rows_left == 0) return;
    const Header& header = reader.header;
    if (header.interlaced) {
        const Pass& pass = kAdam7[static_cast<std::size_t>(pass_number)];
        const std::uint32_t count = (header.width - pass.x + pass.step_x - 1) / pass.step_x;
        reader.reducer->add_pixels(pass.x, pass.y + row_in_pass * pass.step_y, pass.step_x, count,
                                   convert_row(reader, row, count));
    } else {
        reader.reducer->add_row(convert_row(reader, row, header.width));
    }
    --reader.rows_left;
    if (!reader.job.deadline.spend(std::size_t{header.width} * 4)) {
        reader.refusal = over_time;
        longjmp(reader.jump, 1);
    }
}

// ---- Calls into libpng -----------------------------------------------------------------------

// Runs `step`, which calls libpng and owns nothing; false if libpng or a callback gave up.
template <class Step>
bool guarded(PngReader& reader, Step step) {
    if (setjmp(reader.jump) != 0) return false;
    step();
    return true;
}

bool feed(PngReader& reader, std::span<const std::uint8_t> bytes) {
    return guarded(reader, [&] {
        png_process_data(reader.png, reader.info, const_cast<png_bytep>(bytes.data()),
                         bytes.size());
    });
}

// What store_idat() made, whose CRC says nothing.
bool feed_stored(PngReader& reader, std::span<const std::uint8_t> chunk) {
    png_set_crc_action(reader.png, PNG_CRC_QUIET_USE, PNG_CRC_NO_CHANGE);
    return feed(reader, chunk);
}

Status failure_of(const PngReader& reader) {
    if (reader.refusal != nullptr) return reader.refusal(kWhere, reader.job);
    return {Code::kBrokenImage, kWhere, library_message(reader.message.data())};
}

// libpng has no other reason not to start than that an allocation failed.
[[noreturn]] void on_start_failure(PngReader& reader) {
    if (reader.refusal == nullptr) reader.refusal = no_memory;
    longjmp(reader.jump, 1);
}

bool open(PngReader& reader) {
    return guarded(reader, [&] {
        reader.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning,
                                              &reader, allocate, release);
        if (reader.png == nullptr) on_start_failure(reader);
        reader.info = png_create_info_struct(reader.png);
        if (reader.info == nullptr) on_start_failure(reader);
        // Size limits are ours to check, with messages of our own.
        png_set_user_limits(reader.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
#ifdef PNG_IGNORE_ADLER32
        // The chunks' CRCs cover the same bytes, and this sum takes a quarter of a large picture's
        // time.
        png_set_option(reader.png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
        png_set_progressive_read_fn(reader.png, &reader, nullptr, on_row, nullptr);
    });
}

Status read_header(PngReader& reader) {
    Header& header = reader.header;
    int interlace = 0;
    png_get_IHDR(reader.png, reader.info, &header.width, &header.height, &header.depth,
                 &header.colour_type, &interlace, nullptr, nullptr);
    header.interlaced = interlace != PNG_INTERLACE_NONE;
    reader.row_bytes = png_get_rowbytes(reader.png, reader.info);
    return check_size(kWhere, header.width, header.height, reader.job.limits.max_pixels,
                      reader.job.limits);
}

// ---- From header and palette to the rows' way ------------------------------------------------

// False if there is none.
bool read_palette(PngReader& reader) {
    png_colorp colours = nullptr;
    int count = 0;
    if (png_get_PLTE(reader.png, reader.info, &colours, &count) == 0) return false;
    Palette& palette = reader.palette.emplace();
    for (int i = 0; i < count; ++i)
        palette.set(static_cast<std::size_t>(i), colours[i].red, colours[i].green, colours[i].blue);
    png_bytep alpha = nullptr;
    int alpha_count = 0;
    png_get_tRNS(reader.png, reader.info, &alpha, &alpha_count, nullptr);
    for (int i = 0; i < alpha_count; ++i) palette.set_alpha(static_cast<std::size_t>(i), alpha[i]);
    return true;
}

std::uint64_t rows_of(const Header& header) {
    if (!header.interlaced) return header.height;
    std::uint64_t rows = 0;
    for (const Pass& pass : kAdam7)
        if (header.width > pass.x && header.height > pass.y)
            rows += (header.height - pass.y + pass.step_y - 1) / pass.step_y;
    return rows;
}

ReducerShape shape_of(const PngReader& reader) {
    const Header& header = reader.header;
    const bool grey = header.colour_type == PNG_COLOR_TYPE_PALETTE
                          ? reader.palette->is_grey()
                          : (header.colour_type & PNG_COLOR_MASK_COLOR) == 0;
    ReducerShape shape;
    shape.width = header.width;
    shape.height = header.height;
    shape.factor = reduction_factor(header.width, header.height);
    shape.channels = grey || reader.job.colour == Colour::kLuma ? 1 : 3;
    shape.alpha = (header.colour_type & PNG_COLOR_MASK_ALPHA) != 0 ||
                  png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0;
    shape.order = header.interlaced ? RowOrder::kAny : RowOrder::kDownwards;
    return shape;
}

RowKind row_kind_of(const Header& header, const ReducerShape& shape) {
    if (header.colour_type == PNG_COLOR_TYPE_PALETTE) return RowKind::kPalette;
    const bool colours = (header.colour_type & PNG_COLOR_MASK_COLOR) != 0;
    if (!colours || shape.channels == 3) return RowKind::kReady;
    return shape.alpha ? RowKind::kRgba : RowKind::kRgb;
}

// Chooses the samples that the reducer gets, and allocates it and the row buffer.
Status allocate_rows(PngReader& reader) {
    const Header& header = reader.header;
    if (header.colour_type == PNG_COLOR_TYPE_PALETTE && !read_palette(reader))
        return {Code::kBrokenImage, kWhere, "its pixels need a palette, and it has none"};
    const ReducerShape shape = shape_of(reader);
    reader.kind = row_kind_of(header, shape);
    const std::size_t row_bytes =
        reader.kind == RowKind::kReady
            ? 0
            : std::size_t{header.width} * static_cast<std::size_t>(shape.samples());
    if (!reader.job.memory.take(row_bytes + Reducer::memory_bytes(shape)))
        return over_memory(kWhere, reader.job);
    reader.row.resize(row_bytes);
    reader.reducer.emplace(shape, reader.job.pixel_memory());
    reader.rows_left = rows_of(header);
    return {};
}

// Asks libpng for 8-bit grey, grey and alpha, RGB, RGBA or palette indices, one byte each.
bool start_rows(PngReader& reader) {
    return guarded(reader, [&] {
        // Asked for where there is need alone, for libpng looks at each row for what it is asked.
        if (reader.header.depth == 16) png_set_scale_16(reader.png);
        if (reader.kind == RowKind::kPalette) {
            png_set_packing(reader.png);
        } else {
            if (reader.header.depth < 8) png_set_expand_gray_1_2_4_to_8(reader.png);
            if (reader.reducer->shape().alpha) png_set_tRNS_to_alpha(reader.png);
        }
        png_start_read_image(reader.png);
    });
}

// ---- The file --------------------------------------------------------------------------------

Status feed_chunk(PngReader& reader, const PngChunk& chunk) {
    return feed(reader, chunk.whole) ? Status{} : failure_of(reader);
}

// A small picture's chunk with its data uncompressed, where it has all of them and there is memory
// that was lent; empty: as it is.
std::span<const std::uint8_t> stored(PngReader& reader, const PngChunk& chunk) {
    const Header& header = reader.header;
    LentBlock* const block = reader.job.block;
    if (block == nullptr || header.interlaced) return {};
    // A byte of each row names its filter.
    const std::size_t size = std::size_t{header.height} * (reader.row_bytes + 1);
    // What is longer than that was not made to be short, and libpng's deadline is for such.
    if (size > kMostStoredBytes || chunk.content.size() > stored_idat_bytes(size)) return {};
    auto* const memory = static_cast<std::uint8_t*>(block->take(stored_idat_bytes(size)));
    if (memory == nullptr) return {};
    const std::span<std::uint8_t> whole(memory, stored_idat_bytes(size));
    if (!store_idat(chunk, block->inflater(), whole)) return {};
    return whole;
}

Status read_pixels(PngReader& reader, const PngChunk& chunk) {
    if (!reader.reducer) {
        if (Status status = allocate_rows(reader); !status.ok()) return status;
        if (!start_rows(reader)) return failure_of(reader);
        if (const auto whole = stored(reader, chunk); !whole.empty())
            return feed_stored(reader, whole) ? Status{} : failure_of(reader);
    }
    return feed_chunk(reader, chunk);
}

// Anything between the header and the last row.
Status read_chunk(PngReader& reader, const PngChunk& chunk, int& orientation) {
    if (chunk.is("IDAT")) return read_pixels(reader, chunk);
    if (reader.reducer)
        return {Code::kTruncatedImage, kWhere, "its data end before the picture is complete"};
    const bool has_palette = reader.header.colour_type == PNG_COLOR_TYPE_PALETTE;
    if (chunk.is("tRNS") || (chunk.is("PLTE") && has_palette)) return feed_chunk(reader, chunk);
    if (chunk.is("eXIf")) orientation = tiff_orientation(chunk.content);
    if (chunk.is("PLTE") || chunk.is_ancillary()) return {};
    return {Code::kBrokenImage, kWhere,
            chunk.is("IEND") ? "it has no picture data"
                             : "it has a chunk that readers must understand, and no reader does"};
}

// Reads up to the end of the chunk with the last row.
Status read_chunks(PngReader& reader, int& orientation) {
    PngChunks chunks(reader.job.file);
    std::optional<PngChunk> chunk = chunks.next();
    if (!chunk) return ends_early(kWhere, reader.job);
    if (!chunk->is("IHDR"))
        return {Code::kBrokenImage, kWhere, "it does not begin with its header"};
    if (!feed(reader, reader.job.file.first(PngChunks::kSignatureBytes))) return failure_of(reader);
    if (Status status = feed_chunk(reader, *chunk); !status.ok()) return status;
    if (Status status = read_header(reader); !status.ok()) return status;
    do {
        chunk = chunks.next();
        if (!chunk) return ends_early(kWhere, reader.job);
        if (Status status = read_chunk(reader, *chunk, orientation); !status.ok()) return status;
        if (!reader.job.deadline.spend(chunk->whole.size())) return over_time(kWhere, reader.job);
    } while (!reader.reducer || reader.rows_left > 0);
    return {};
}

}  // namespace

Result<Picture> decode_png(DecodeJob& job) {
    PngReader reader(job);
    if (!open(reader)) return failure_of(reader);
    int orientation = 1;
    if (Status status = read_chunks(reader, orientation); !status.ok()) return status;
    // Turning it upright takes a second copy.
    if (orientation != 1 && !job.memory.take(Reducer::memory_bytes(reader.reducer->shape())))
        return over_memory(kWhere, job);
    Picture picture = picture_of(*reader.reducer, reader.header.width, reader.header.height, 1);
    picture.orientation = orientation;
    return picture;
}

}  // namespace digit
