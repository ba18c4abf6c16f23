// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo, decoded at 1/8, 1/4 or 1/2 where the picture is that large, and to
// grey without the colour components where only luma is wanted.
#include <setjmp.h>
// jpeglib.h needs these two.
#include <cstddef>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "libdigit/decode_job.h"
#include "libdigit/exif.h"
#include "libdigit/luma.h"
#include "libdigit/reducer.h"
#include "libdigit/sparse_blocks.h"

namespace digit {
namespace {

constexpr char kWhere[] = "JPEG";
// Cameras and encoders write at most about a dozen; each one more can cost as much as the first.
constexpr int kMostScans = 100;

// What libjpeg takes for its own virtual array of coefficients.
struct VirtualBlocks {
    VirtualBlocks(std::size_t blocks, std::size_t row_count, MemoryBudget& memory)
        : sparse(blocks, row_count, memory), blocks_in_row(blocks) {}
    SparseBlocks sparse;
    std::size_t blocks_in_row;
    std::array<JBLOCKROW, MAX_SAMP_FACTOR> rows{};  // as many as libjpeg asks for at a time
};

// Lives outside every function that longjmp may leave.
struct JpegReader {
    explicit JpegReader(DecodeJob& the_job) : job(the_job) {}
    ~JpegReader() { jpeg_destroy_decompress(&info); }
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;

    DecodeJob& job;
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    jpeg_memory_mgr libjpeg_memory{};  // libjpeg's functions, behind ours
    jmp_buf jump;
    Refusal refusal = nullptr;  // why a callback gave up
    Code failure = Code::kBrokenImage;
    std::array<char, JMSG_LENGTH_MAX> message{};
    std::array<std::optional<VirtualBlocks>, MAX_COMPONENTS> coefficients;
    bool past_end = false;  // libjpeg asked for more bytes than there are
    int orientation = 1;
};

// ---- What libjpeg calls ----------------------------------------------------------------------

template <class Info>
JpegReader& reader_of(Info* info) {
    return *static_cast<JpegReader*>(info->client_data);
}

[[noreturn]] void fail(JpegReader& reader, Code code) {
    reader.failure = code;
    longjmp(reader.jump, 1);
}

[[noreturn]] void refuse(JpegReader& reader, Refusal refusal) {
    reader.refusal = refusal;
    longjmp(reader.jump, 1);
}

Status too_many_scans(const char* where, const DecodeJob&) {
    return {Code::kTooExpensive, where,
            "it has more than " + std::to_string(kMostScans) + " scans"};
}

[[noreturn]] void on_error(j_common_ptr info) {
    JpegReader& reader = reader_of(info);
    info->err->format_message(info, reader.message.data());
    fail(reader,
         info->err->msg_code == JERR_OUT_OF_MEMORY ? Code::kOutOfMemory : Code::kBrokenImage);
}

// Warnings that cost pixels end the decoding; surplus bytes and odd headers do not.
void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    JpegReader& reader = reader_of(info);
    switch (info->err->msg_code) {
        case JWRN_JPEG_EOF:
            reader.past_end = true;
            break;
        case JWRN_HIT_MARKER:
            info->err->format_message(info, reader.message.data());
            fail(reader, Code::kTruncatedImage);
        case JWRN_HUFF_BAD_CODE:
        case JWRN_MUST_RESYNC:
            on_error(info);
        default:
            break;
    }
}

void print_nothing(j_common_ptr) {}

void on_progress(j_common_ptr info) {
    JpegReader& reader = reader_of(info);
    // Called once for a row of blocks, 8 or more lines.
    if (!reader.job.deadline.spend(std::size_t{reader.info.image_width} * 8))
        refuse(reader, over_time);
    if (reader.info.input_scan_number > kMostScans) refuse(reader, too_many_scans);
}

void count_memory(j_common_ptr info, std::size_t rows, std::size_t bytes_a_row) {
    JpegReader& reader = reader_of(info);
    if (!reader.job.memory.take(rows * bytes_a_row)) refuse(reader, over_memory);
}

void* alloc_small(j_common_ptr info, int pool, std::size_t bytes) {
    count_memory(info, 1, bytes);
    return reader_of(info).libjpeg_memory.alloc_small(info, pool, bytes);
}

void* alloc_large(j_common_ptr info, int pool, std::size_t bytes) {
    count_memory(info, 1, bytes);
    return reader_of(info).libjpeg_memory.alloc_large(info, pool, bytes);
}

JSAMPARRAY alloc_sarray(j_common_ptr info, int pool, JDIMENSION width, JDIMENSION rows) {
    count_memory(info, rows, width * sizeof(JSAMPLE) + sizeof(JSAMPROW));
    return reader_of(info).libjpeg_memory.alloc_sarray(info, pool, width, rows);
}

JBLOCKARRAY alloc_barray(j_common_ptr info, int pool, JDIMENSION blocks, JDIMENSION rows) {
    count_memory(info, rows, blocks * sizeof(JBLOCK) + sizeof(JBLOCKROW));
    return reader_of(info).libjpeg_memory.alloc_barray(info, pool, blocks, rows);
}

jvirt_sarray_ptr request_virt_sarray(j_common_ptr info, int pool, boolean zero, JDIMENSION width,
                                     JDIMENSION rows, JDIMENSION access) {
    count_memory(info, rows, width * sizeof(JSAMPLE) + sizeof(JSAMPROW));
    return reader_of(info).libjpeg_memory.request_virt_sarray(info, pool, zero, width, rows,
                                                              access);
}

// libjpeg only passes these pointers back to the two functions below.
jvirt_barray_ptr request_virt_barray(j_common_ptr info, int, boolean, JDIMENSION blocks,
                                     JDIMENSION rows, JDIMENSION) {
    JpegReader& reader = reader_of(info);
    for (std::optional<VirtualBlocks>& slot : reader.coefficients) {
        if (slot) continue;
        slot.emplace(blocks, rows, reader.job.memory);
        return reinterpret_cast<jvirt_barray_ptr>(&*slot);
    }
    // Unreachable by a test: libjpeg asks once for each component, for which there are slots.
    fail(reader, Code::kInternal);
}

JBLOCKARRAY access_virt_barray(j_common_ptr info, jvirt_barray_ptr array, JDIMENSION first,
                               JDIMENSION count, boolean writable) {
    JpegReader& reader = reader_of(info);
    VirtualBlocks& blocks = *reinterpret_cast<VirtualBlocks*>(array);
    if (count > blocks.rows.size()) fail(reader, Code::kInternal);
    std::int16_t* window = blocks.sparse.window(first, count, writable != FALSE);
    if (window == nullptr)
        refuse(reader, blocks.sparse.allocation_failed() ? no_memory : over_memory);
    for (std::size_t i = 0; i < count; ++i)
        blocks.rows[i] = reinterpret_cast<JBLOCKROW>(window) + i * blocks.blocks_in_row;
    return blocks.rows.data();
}

void take_over_memory(JpegReader& reader) {
    jpeg_memory_mgr& memory = *reader.info.mem;
    reader.libjpeg_memory = memory;
    memory.alloc_small = alloc_small;
    memory.alloc_large = alloc_large;
    memory.alloc_sarray = alloc_sarray;
    memory.alloc_barray = alloc_barray;
    memory.request_virt_sarray = request_virt_sarray;
    memory.request_virt_barray = request_virt_barray;
    memory.access_virt_barray = access_virt_barray;
}

unsigned next_byte(j_decompress_ptr info) {
    if (info->src->bytes_in_buffer == 0) info->src->fill_input_buffer(info);
    --info->src->bytes_in_buffer;
    return *info->src->next_input_byte++;
}

// APP1 is looked at where it lies, never copied: it can be 64 KB, and there can be many.
boolean read_app1(j_decompress_ptr info) {
    unsigned length = next_byte(info) << 8;
    length |= next_byte(info);
    if (length < 2) return TRUE;
    length -= 2;
    JpegReader& reader = reader_of(info);
    if (reader.orientation == 1 && length <= info->src->bytes_in_buffer)
        reader.orientation = exif_orientation({info->src->next_input_byte, length});
    info->src->skip_input_data(info, static_cast<long>(length));
    return TRUE;
}

// ---- Calls into libjpeg ----------------------------------------------------------------------

// Runs `step`, which calls libjpeg and owns nothing; false if libjpeg or a callback gave up.
template <class Step>
bool guarded(JpegReader& reader, Step step) {
    if (setjmp(reader.jump) != 0) return false;
    step();
    return true;
}

Status failure_of(const JpegReader& reader) {
    if (reader.refusal != nullptr) return reader.refusal(kWhere, reader.job);
    if (reader.failure == Code::kOutOfMemory) return no_memory(kWhere, reader.job);
    if (reader.past_end) return ends_early(kWhere, reader.job);
    if (reader.failure == Code::kTruncatedImage)
        return {Code::kTruncatedImage, kWhere, "its data end before the picture is complete"};
    return {reader.failure, kWhere, library_message(reader.message.data())};
}

bool read_header(JpegReader& reader) {
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.errors.output_message = print_nothing;
    reader.info.client_data = &reader;
    return guarded(reader, [&] {
        jpeg_create_decompress(&reader.info);
        take_over_memory(reader);
        reader.progress.progress_monitor = on_progress;
        reader.info.progress = &reader.progress;
        jpeg_mem_src(&reader.info, reader.job.file.data(), reader.job.file.size());
        jpeg_set_marker_processor(&reader.info, JPEG_APP0 + 1, read_app1);
        jpeg_read_header(&reader.info, TRUE);
    });
}

Status check_header(JpegReader& reader) {
    const jpeg_decompress_struct& info = reader.info;
    const Limits& limits = reader.job.limits;
    if (info.arith_code)
        return {Code::kBrokenImage, kWhere,
                "its arithmetic coding is not supported, as in browsers"};
    if (jpeg_has_multiple_scans(&reader.info))
        return check_size(kWhere, info.image_width, info.image_height, limits.max_pixels, limits,
                          " of one in several scans");
    return check_size(kWhere, info.image_width, info.image_height, limits.max_pixels_baseline_jpeg,
                      limits);
}

bool is_cmyk(const jpeg_decompress_struct& info) {
    return info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
}

// What libjpeg reduces by, and what is left for the reducer.
struct Scale {
    unsigned denominator;
    std::uint32_t factor;
};

Scale scale_of(std::uint32_t width, std::uint32_t height) {
    const std::uint32_t whole = reduction_factor(width, height);
    const unsigned denominator = whole >= 8 ? 8 : whole >= 4 ? 4 : whole >= 2 ? 2 : 1;
    return {denominator, reduction_factor((width + denominator - 1) / denominator,
                                          (height + denominator - 1) / denominator)};
}

bool start(JpegReader& reader, unsigned denominator) {
    return guarded(reader, [&] {
        jpeg_decompress_struct& info = reader.info;
        info.scale_num = 1;
        info.scale_denom = denominator;
        if (is_cmyk(info))
            info.out_color_space = JCS_CMYK;
        else if (info.jpeg_color_space == JCS_GRAYSCALE || reader.job.colour == Colour::kLuma)
            info.out_color_space = JCS_GRAYSCALE;
        else
            info.out_color_space = JCS_RGB;
        // Smooth chroma is worth its time in small pictures only; smoothing between blocks is a
        // guess at data that have not come yet.
        info.do_fancy_upsampling = denominator == 1;
        info.do_block_smoothing = FALSE;
        jpeg_start_decompress(&info);
    });
}

// Four inks to luma or RGB. Adobe's files hold them inverted: 255 is no ink.
void convert_cmyk(const jpeg_decompress_struct& info, const std::uint8_t* in, int channels,
                  std::uint8_t* out) {
    const unsigned flip = info.saw_Adobe_marker ? 0 : 255;
    for (JDIMENSION x = 0; x < info.output_width; ++x, in += 4) {
        std::array<std::uint8_t, 3> rgb;
        for (std::size_t c = 0; c < rgb.size(); ++c)
            rgb[c] = static_cast<std::uint8_t>(((in[c] ^ flip) * (in[3] ^ flip) + 127) / 255);
        if (channels == 1)
            *out++ = luma(rgb[0], rgb[1], rgb[2]);
        else
            out = std::copy(rgb.begin(), rgb.end(), out);
    }
}

bool read_rows(JpegReader& reader, Reducer& reducer, std::uint8_t* row, std::uint8_t* converted) {
    return guarded(reader, [&] {
        jpeg_decompress_struct& info = reader.info;
        while (info.output_scanline < info.output_height) {
            JSAMPROW rows[1] = {row};
            jpeg_read_scanlines(&info, rows, 1);
            if (converted != nullptr) convert_cmyk(info, row, reducer.shape().channels, converted);
            reducer.add_row(converted != nullptr ? converted : row);
        }
    });
}

// A file that lacks its end marker is complete if every coefficient has come in full precision.
bool is_complete(const JpegReader& reader) {
    const jpeg_decompress_struct& info = reader.info;
    if (!reader.past_end) return true;
    for (int c = 0; c < info.num_components; ++c) {
        if (info.comp_info[c].quant_table == nullptr) return false;
        if (info.coef_bits != nullptr &&
            !std::all_of(info.coef_bits[c], info.coef_bits[c] + DCTSIZE2,
                         [](int missing_bits) { return missing_bits == 0; }))
            return false;
    }
    return true;
}

}  // namespace

Result<Picture> decode_jpeg(DecodeJob& job) {
    JpegReader reader(job);
    if (!read_header(reader)) return failure_of(reader);
    if (Status status = check_header(reader); !status.ok()) return status;
    const jpeg_decompress_struct& info = reader.info;
    const Scale scale = scale_of(info.image_width, info.image_height);
    if (!start(reader, scale.denominator)) return failure_of(reader);
    if (!is_complete(reader)) return ends_early(kWhere, job);

    ReducerShape shape;
    shape.width = info.output_width;
    shape.height = info.output_height;
    shape.factor = scale.factor;
    shape.channels = info.out_color_space == JCS_GRAYSCALE || job.colour == Colour::kLuma ? 1 : 3;
    const std::size_t reduced = Reducer::memory_bytes(shape);
    const std::size_t row_bytes =
        std::size_t{shape.width} * static_cast<std::size_t>(info.output_components);
    const std::size_t converted_bytes = is_cmyk(info) ? row_bytes : 0;
    // Twice the picture: it may have to be turned upright.
    if (!job.memory.take(2 * reduced + row_bytes + converted_bytes))
        return over_memory(kWhere, job);
    Reducer reducer(shape, job.pixel_memory());
    std::vector<std::uint8_t> row(row_bytes);
    std::vector<std::uint8_t> converted(converted_bytes);
    if (!read_rows(reader, reducer, row.data(), converted_bytes > 0 ? converted.data() : nullptr))
        return failure_of(reader);

    Picture picture = picture_of(reducer, info.image_width, info.image_height, scale.denominator);
    picture.orientation = reader.orientation;
    return picture;
}

}  // namespace digit
