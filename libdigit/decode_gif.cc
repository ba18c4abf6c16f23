// SPDX-License-Identifier: Apache-2.0
// The first frame of a GIF through giflib, line by line. Later frames are never looked at.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "libdigit/decode_job.h"
#include "libdigit/palette.h"
#include "libdigit/reducer.h"

namespace digit {
namespace {

constexpr char kWhere[] = "GIF";
// giflib allocates its tables itself: about 25 KB, two palettes and a copy of the frame's header.
constexpr std::size_t kLibraryBytes = 40 << 10;
// What a call of read_bytes takes besides the copying, as the bytes whose decoding takes as long: a
// comment in blocks of one byte has a million of them.
constexpr std::size_t kWorkOfACall = 16;

struct GifReader {
    explicit GifReader(DecodeJob& the_job) : job(the_job), rest(the_job.file) {}
    ~GifReader() {
        if (gif != nullptr) DGifCloseFile(gif, nullptr);
    }
    GifReader(const GifReader&) = delete;
    GifReader& operator=(const GifReader&) = delete;

    DecodeJob& job;
    std::span<const std::uint8_t> rest;
    bool past_end = false;
    bool out_of_time = false;
    GifFileType* gif = nullptr;
    int transparent = NO_TRANSPARENT_COLOR;
    Palette palette;
};

// Beyond the end of the file comes one zero, which closes the list of blocks after the last line
// and nothing else: a file that lacks only its end is read like browsers do.
int read_bytes(GifFileType* gif, GifByteType* out, int wanted) {
    GifReader& reader = *static_cast<GifReader*>(gif->UserData);
    const std::size_t count = std::min(reader.rest.size(), static_cast<std::size_t>(wanted));
    if (!reader.job.deadline.spend(count + kWorkOfACall)) {
        reader.out_of_time = true;
        return 0;
    }
    std::copy_n(reader.rest.begin(), count, out);
    reader.rest = reader.rest.subspan(count);
    if (count == static_cast<std::size_t>(wanted)) return wanted;
    if (reader.past_end || count > 0) {
        reader.past_end = true;
        return static_cast<int>(count);
    }
    reader.past_end = true;
    out[0] = 0;
    return 1;
}

Status failure_of(const GifReader& reader, int error) {
    if (reader.out_of_time) return over_time(kWhere, reader.job);
    if (reader.past_end) return ends_early(kWhere, reader.job);
    // giflib forgets that it was memory that the screen descriptor lacked, if not bytes.
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM || error == D_GIF_ERR_NO_SCRN_DSCR)
        return no_memory(kWhere, reader.job);
    const char* message = GifErrorString(error);
    // giflib calls it a failure to read, too, when a field has an impossible value.
    if (message == nullptr || error == D_GIF_ERR_READ_FAILED) message = "its data are damaged";
    return {Code::kBrokenImage, kWhere, library_message(message)};
}

bool read_extension(GifReader& reader) {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(reader.gif, &code, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE &&
            DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
            reader.transparent = control.TransparentColor;
        if (DGifGetExtensionNext(reader.gif, &block) == GIF_ERROR) return false;
    }
    return true;
}

// Reads up to the first frame's pixels.
Status find_frame(GifReader& reader) {
    while (true) {
        GifRecordType type = UNDEFINED_RECORD_TYPE;
        if (DGifGetRecordType(reader.gif, &type) == GIF_ERROR) break;
        if (type == TERMINATE_RECORD_TYPE)
            return {Code::kBrokenImage, kWhere, "it has no picture before its end"};
        if (type == IMAGE_DESC_RECORD_TYPE) {
            if (DGifGetImageDesc(reader.gif) == GIF_ERROR) break;
            return {};
        }
        if (type == EXTENSION_RECORD_TYPE && !read_extension(reader)) break;
    }
    return failure_of(reader, reader.gif->Error);
}

void fill_palette(GifReader& reader, const ColorMapObject& map) {
    for (int i = 0; i < map.ColorCount; ++i) {
        const GifColorType& colour = map.Colors[i];
        reader.palette.set(static_cast<std::size_t>(i), colour.Red, colour.Green, colour.Blue);
    }
    if (reader.transparent != NO_TRANSPARENT_COLOR)
        reader.palette.set_alpha(static_cast<std::size_t>(reader.transparent), 0);
}

// The rows of an interlaced frame come in four passes. Source: GIF89a appendix E.
struct Interlace {
    int first, step;
};
constexpr std::array<Interlace, 1> kPlain = {{{0, 1}}};
constexpr std::array<Interlace, 4> kInterlaced = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};

Status read_lines(GifReader& reader, Reducer& reducer, std::vector<std::uint8_t>& line,
                  std::vector<std::uint8_t>& pixels) {
    const GifImageDesc& frame = reader.gif->Image;
    const ReducerShape& shape = reducer.shape();
    const std::span<const Interlace> passes =
        frame.Interlace ? std::span<const Interlace>(kInterlaced) : kPlain;
    for (const Interlace& pass : passes) {
        for (int y = pass.first; y < frame.Height; y += pass.step) {
            if (DGifGetLine(reader.gif, line.data(), frame.Width) == GIF_ERROR)
                return failure_of(reader, reader.gif->Error);
            reader.palette.expand(line.data(), line.size(), shape.channels, shape.alpha,
                                  pixels.data());
            if (shape.order == RowOrder::kDownwards)
                reducer.add_row(pixels.data());
            else
                reducer.add_pixels(static_cast<std::uint32_t>(frame.Left),
                                   static_cast<std::uint32_t>(frame.Top + y), 1,
                                   static_cast<std::uint32_t>(frame.Width), pixels.data());
            if (!reader.job.deadline.spend(line.size() * 4)) return over_time(kWhere, reader.job);
        }
    }
    return {};
}

// The logical screen, grown to hold the first frame where a writer made it too small or zero.
ReducerShape shape_of(const GifReader& reader) {
    const GifFileType& gif = *reader.gif;
    const GifImageDesc& frame = gif.Image;
    ReducerShape shape;
    shape.width = static_cast<std::uint32_t>(std::max(gif.SWidth, frame.Left + frame.Width));
    shape.height = static_cast<std::uint32_t>(std::max(gif.SHeight, frame.Top + frame.Height));
    const bool fills = static_cast<std::uint32_t>(frame.Width) == shape.width &&
                       static_cast<std::uint32_t>(frame.Height) == shape.height;
    shape.channels = reader.job.colour == Colour::kLuma || reader.palette.is_grey() ? 1 : 3;
    shape.alpha = !fills || reader.transparent != NO_TRANSPARENT_COLOR;
    shape.order = fills && !frame.Interlace ? RowOrder::kDownwards : RowOrder::kAny;
    return shape;
}

}  // namespace

Result<Picture> decode_gif(DecodeJob& job) {
    if (!job.memory.take(kLibraryBytes)) return over_memory(kWhere, job);
    GifReader reader(job);
    int error = 0;
    reader.gif = DGifOpen(&reader, read_bytes, &error);
    if (reader.gif == nullptr) return failure_of(reader, error);
    if (Status status = find_frame(reader); !status.ok()) return status;
    const GifImageDesc& frame = reader.gif->Image;
    if (frame.Width == 0 || frame.Height == 0)
        return Status{Code::kBrokenImage, kWhere, "its first frame is empty"};
    const ColorMapObject* map = frame.ColorMap != nullptr ? frame.ColorMap : reader.gif->SColorMap;
    if (map == nullptr) return Status{Code::kBrokenImage, kWhere, "it has no palette"};
    fill_palette(reader, *map);

    ReducerShape shape = shape_of(reader);
    if (Status status =
            check_size(kWhere, shape.width, shape.height, job.limits.max_pixels, job.limits);
        !status.ok())
        return status;
    shape.factor = reduction_factor(shape.width, shape.height);
    const std::size_t line_bytes = static_cast<std::size_t>(frame.Width);
    const std::size_t pixel_bytes = line_bytes * static_cast<std::size_t>(shape.samples());
    if (!job.memory.take(Reducer::memory_bytes(shape) + line_bytes + pixel_bytes))
        return over_memory(kWhere, job);
    Reducer reducer(shape, job.pixel_memory());
    std::vector<std::uint8_t> line(line_bytes);
    std::vector<std::uint8_t> pixels(pixel_bytes);
    if (Status status = read_lines(reader, reducer, line, pixels); !status.ok()) return status;

    return picture_of(reducer, shape.width, shape.height, 1);
}

}  // namespace digit
