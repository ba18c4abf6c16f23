// SPDX-License-Identifier: Apache-2.0
// PNG through libpng's push reader: it hands over each row as it is inflated, interlaced or not,
// and does not inflate what follows the last row. Only the chunks that the pixels need are given
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
#include "libdigit/png_chunks.h"
#include "libdigit/reducer.h"

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
    Code failure = Code::kBrokenImage;
    std::array<char, 128> message{};

    Header header;
    RowKind kind = RowKind::kReady;
    std::array<std::array<std::uint8_t, 4>, 256> palette{};  // in the reducer's samples
    std::vector<std::uint8_t> row;                           // converted, unless kReady
    std::optional<Reducer> reducer;
    std::uint64_t rows_left = 0;
};

// ---- What libpng calls -----------------------------------------------------------------------

PngReader& reader_of(png_structp png) { return *static_cast<PngReader*>(png_get_error_ptr(png)); }

[[noreturn]] void fail(PngReader& reader, Code code, const char* message) {
    reader.failure = code;
    std::snprintf(reader.message.data(), reader.message.size(), "%s", message);
    longjmp(reader.jump, 1);
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
    PngReader& reader = reader_of(png);
    // An allocation that failed has left its code already.
    fail(reader, reader.failure, message);
}

void on_warning(png_structp, png_const_charp) {}

// Each block is preceded by its size, so that giving it back is counted too.
constexpr std::size_t kBlockHeader = alignof(std::max_align_t);

png_voidp allocate(png_structp png, png_alloc_size_t bytes) {
    PngReader& reader = *static_cast<PngReader*>(png_get_mem_ptr(png));
    if (!reader.job.memory.take(bytes + kBlockHeader)) {
        reader.failure = Code::kTooExpensive;
        return nullptr;
    }
    auto* block = static_cast<std::uint8_t*>(std::malloc(bytes + kBlockHeader));
    if (block == nullptr) {
        reader.failure = Code::kOutOfMemory;
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
    static_cast<PngReader*>(png_get_mem_ptr(png))->job.memory.give_back(bytes + kBlockHeader);
    std::free(block);
}

// One row of libpng to the reducer's samples.
const std::uint8_t* convert_row(PngReader& reader, const std::uint8_t* in, std::uint32_t count) {
    std::uint8_t* out = reader.row.data();
    switch (reader.kind) {
        case RowKind::kReady:
            return in;
        case RowKind::kPalette: {
            const int samples = reader.reducer->shape().samples();
            for (std::uint32_t i = 0; i < count; ++i)
                for (int s = 0; s < samples; ++s)
                    *out++ = reader.palette[in[i]][static_cast<std::size_t>(s)];
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
    if (!reader.job.deadline.spend(std::size_t{header.width} * 4))
        fail(reader, Code::kTooExpensive, "");
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

Status failure_of(const PngReader& reader) {
    switch (reader.failure) {
        case Code::kTooExpensive:
            return reader.message[0] == '\0' ? over_time(kWhere, reader.job.limits)
                                             : over_memory(kWhere, reader.job.limits);
        case Code::kOutOfMemory:
            return {Code::kOutOfMemory, kWhere, "no memory"};
        default:
            return {reader.failure, kWhere, library_message(reader.message.data())};
    }
}

bool open(PngReader& reader) {
    return guarded(reader, [&] {
        reader.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning,
                                              &reader, allocate, release);
        if (reader.png == nullptr) fail(reader, reader.failure, "libpng does not start");
        reader.info = png_create_info_struct(reader.png);
        if (reader.info == nullptr) fail(reader, reader.failure, "libpng does not start");
        // Size limits are ours to check, with messages of our own.
        png_set_user_limits(reader.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
        png_set_progressive_read_fn(reader.png, &reader, nullptr, on_row, nullptr);
    });
}

Status read_header(PngReader& reader) {
    Header& header = reader.header;
    int interlace = 0;
    png_get_IHDR(reader.png, reader.info, &header.width, &header.height, &header.depth,
                 &header.colour_type, &interlace, nullptr, nullptr);
    header.interlaced = interlace != PNG_INTERLACE_NONE;
    return check_size(kWhere, header.width, header.height, reader.job.limits.max_pixels,
                      reader.job.limits);
}

// ---- From header and palette to the rows' way ------------------------------------------------

struct Palette {
    png_colorp colours = nullptr;
    int count = 0;
    png_bytep alpha = nullptr;
    int alpha_count = 0;
};

Palette palette_of(PngReader& reader) {
    Palette palette;
    png_get_PLTE(reader.png, reader.info, &palette.colours, &palette.count);
    png_get_tRNS(reader.png, reader.info, &palette.alpha, &palette.alpha_count, nullptr);
    return palette;
}

bool is_grey(const Palette& palette) {
    for (int i = 0; i < palette.count; ++i) {
        const png_color& colour = palette.colours[i];
        if (colour.red != colour.green || colour.green != colour.blue) return false;
    }
    return true;
}

// Indices beyond the palette are black, as in browsers.
void fill_palette(PngReader& reader, const Palette& palette, int channels) {
    for (std::size_t i = 0; i < reader.palette.size(); ++i) {
        png_color colour{};
        if (static_cast<int>(i) < palette.count) colour = palette.colours[i];
        const std::uint8_t alpha =
            static_cast<int>(i) < palette.alpha_count ? palette.alpha[i] : 255;
        if (channels == 1)
            reader.palette[i] = {luma(colour.red, colour.green, colour.blue), alpha, 0, 0};
        else
            reader.palette[i] = {colour.red, colour.green, colour.blue, alpha};
    }
}

std::uint64_t rows_of(const Header& header) {
    if (!header.interlaced) return header.height;
    std::uint64_t rows = 0;
    for (const Pass& pass : kAdam7)
        if (header.width > pass.x && header.height > pass.y)
            rows += (header.height - pass.y + pass.step_y - 1) / pass.step_y;
    return rows;
}

// Chooses the samples that the reducer gets, and allocates it and the row buffer.
Status allocate_rows(PngReader& reader) {
    const Header& header = reader.header;
    const bool has_palette = header.colour_type == PNG_COLOR_TYPE_PALETTE;
    const Palette palette = palette_of(reader);
    if (has_palette && palette.count == 0)
        return {Code::kBrokenImage, kWhere, "a palette picture without its palette"};
    const bool grey =
        has_palette ? is_grey(palette) : (header.colour_type & PNG_COLOR_MASK_COLOR) == 0;
    ReducerShape shape;
    shape.width = header.width;
    shape.height = header.height;
    shape.factor = reduction_factor(header.width, header.height);
    shape.channels = grey || reader.job.colour == Colour::kLuma ? 1 : 3;
    shape.alpha = (header.colour_type & PNG_COLOR_MASK_ALPHA) != 0 ||
                  png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0;
    shape.order = header.interlaced ? RowOrder::kAny : RowOrder::kDownwards;
    if (has_palette) {
        reader.kind = RowKind::kPalette;
        fill_palette(reader, palette, shape.channels);
    } else if (!grey && shape.channels == 1) {
        reader.kind = shape.alpha ? RowKind::kRgba : RowKind::kRgb;
    }
    const std::size_t row_bytes =
        reader.kind == RowKind::kReady
            ? 0
            : std::size_t{header.width} * static_cast<std::size_t>(shape.samples());
    if (!reader.job.memory.take(row_bytes + Reducer::memory_bytes(shape)))
        return over_memory(kWhere, reader.job.limits);
    reader.row.resize(row_bytes);
    reader.reducer.emplace(shape);
    reader.rows_left = rows_of(header);
    return {};
}

// Asks libpng for 8-bit grey, grey and alpha, RGB, RGBA or palette indices, one byte each.
bool start_rows(PngReader& reader) {
    return guarded(reader, [&] {
        png_set_scale_16(reader.png);
        if (reader.kind == RowKind::kPalette) {
            png_set_packing(reader.png);
        } else {
            png_set_expand_gray_1_2_4_to_8(reader.png);
            if (reader.reducer->shape().alpha) png_set_tRNS_to_alpha(reader.png);
        }
        png_start_read_image(reader.png);
    });
}

// ---- The file --------------------------------------------------------------------------------

Status read_chunk(PngReader& reader, const PngChunk& chunk, int& orientation) {
    if (chunk.is("IDAT")) {
        if (!reader.reducer) {
            if (Status status = allocate_rows(reader); !status.ok()) return status;
            if (!start_rows(reader)) return failure_of(reader);
        }
        return feed(reader, chunk.whole) ? Status{} : failure_of(reader);
    }
    if (chunk.is("tRNS") ||
        (chunk.is("PLTE") && reader.header.colour_type == PNG_COLOR_TYPE_PALETTE)) {
        if (reader.reducer) return {};
        return feed(reader, chunk.whole) ? Status{} : failure_of(reader);
    }
    if (chunk.is("eXIf")) orientation = tiff_orientation(chunk.content);
    if (chunk.is("PLTE") || chunk.is_ancillary()) return {};
    return {Code::kBrokenImage, kWhere,
            chunk.is("IEND") ? "it has no complete picture before its end"
                             : "it has a chunk that readers must understand, and no reader does"};
}

// Reads up to the end of the chunk with the last row.
Status read_chunks(PngReader& reader, int& orientation) {
    PngChunks chunks(reader.job.file);
    std::optional<PngChunk> chunk = chunks.next();
    if (!chunk) return ends_early(kWhere, reader.job);
    if (!chunk->is("IHDR"))
        return {Code::kBrokenImage, kWhere, "it does not begin with its header"};
    if (!feed(reader, reader.job.file.first(PngChunks::kSignatureBytes)) ||
        !feed(reader, chunk->whole))
        return failure_of(reader);
    if (Status status = read_header(reader); !status.ok()) return status;
    do {
        chunk = chunks.next();
        if (!chunk) return ends_early(kWhere, reader.job);
        if (Status status = read_chunk(reader, *chunk, orientation); !status.ok()) return status;
        if (!reader.job.deadline.spend(chunk->whole.size()))
            return over_time(kWhere, reader.job.limits);
    } while (!reader.reducer || reader.rows_left > 0);
    return {};
}

}  // namespace

Result<Picture> decode_png(DecodeJob& job) {
    PngReader reader(job);
    if (!open(reader)) return failure_of(reader);
    Picture picture;
    if (Status status = read_chunks(reader, picture.orientation); !status.ok()) return status;
    const ReducerShape& shape = reader.reducer->shape();
    picture.width = shape.reduced_width();
    picture.height = shape.reduced_height();
    picture.channels = shape.channels;
    picture.source_width = shape.width;
    picture.source_height = shape.height;
    picture.reduction_x = picture.reduction_y = shape.factor;
    picture.pixels = reader.reducer->finish();
    return picture;
}

}  // namespace digit
