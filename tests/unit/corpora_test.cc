// SPDX-License-Identifier: Apache-2.0
// Every file of the corpora through the decoder, against the verdict of the system's libraries
// under permissive settings (MANIFEST.tsv). The corpora are in the folder DIGIT_CORPORA_DIR, or
// beside the source tree; they are not part of the project, and without them nothing is proved.
#include <cppunit/extensions/HelperMacros.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "libdigit/decode.h"
#include "tests/unit/decoded.h"
#include "tests/unit/sanitizers.h"

namespace digit::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Entry {
    std::string path;
    std::string format;   // png, jpeg, gif, webp or none
    std::string verdict;  // ok, warn, huge, reject or notimage
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};

// Where our rule is another than that of the libraries.
struct Exception {
    const char* path_end;
    Code code;
    const char* reason;
};
constexpr std::array<Exception, 6> kExceptions = {{
    {"/testimgari.jpg", Code::kBrokenImage, "arithmetic coding is refused, as in browsers"},
    {"/jpeg_progressive_4000x4000_1000_scans.jpg", Code::kTooExpensive, "over 100 scans"},
    {"/4c4af0a531dfa9345e3f3f87b606672c1a924719-1", Code::kTruncatedImage,
     "its data end early; libjpeg pads with grey"},
    {"/775d8954c51b5df639980865cb71f93642f71e2e-8", Code::kTruncatedImage,
     "its data end early; libjpeg pads with grey"},
    {"/ac3cebe2394e826218ac8d863a9dae7004b1bcdb-1", Code::kTruncatedImage,
     "its data end early; libjpeg pads with grey"},
    {"/dedce62444f6e1c7b9880dd5058c67572c817a52", Code::kNotAnImage,
     "the start marker must be followed by a marker"},
}};

std::string folder() {
    const char* given = std::getenv("DIGIT_CORPORA_DIR");
    return given != nullptr ? given : DIGIT_SOURCE_DIR "/../shared/corpora";
}

std::vector<Entry> manifest_of(const std::string& root) {
    std::ifstream file(root + "/MANIFEST.tsv");
    std::vector<Entry> entries;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) continue;
        std::istringstream fields(line);
        std::string bytes;
        Entry entry;
        std::getline(fields, entry.path, '\t');
        std::getline(fields, bytes, '\t');
        std::getline(fields, entry.format, '\t');
        std::getline(fields, entry.verdict, '\t');
        fields >> entry.width >> entry.height;
        entries.push_back(entry);
    }
    return entries;
}

std::optional<Bytes> content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

// The code that the manifest and our limits lead to; kInternal where more than one is right.
Code expected_of(const Entry& entry, const Bytes& file, const Limits& limits) {
    if (file.empty()) return Code::kEmptyFile;
    if (file.size() > limits.max_file_bytes) return Code::kFileTooLarge;
    for (const Exception& exception : kExceptions)
        if (entry.path.ends_with(exception.path_end)) return exception.code;
    if (entry.verdict == "reject") return Code::kInternal;
    const bool ours = entry.format == "png" || entry.format == "jpeg" || entry.format == "gif";
    if (!ours) return Code::kNotAnImage;
    if (std::min(entry.width, entry.height) < limits.min_edge) return Code::kEdgeTooSmall;
    if (std::max(entry.width, entry.height) > limits.max_edge) return Code::kTooManyPixels;
    const std::uint64_t pixels = std::uint64_t{entry.width} * entry.height;
    if (pixels <= limits.max_pixels) return Code::kOk;
    // Only a baseline JPEG may have more, and the manifest does not say which are.
    return entry.format == "jpeg" ? Code::kInternal : Code::kTooManyPixels;
}

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// A line of /proc/self/status, in KiB; 0 where there is none.
long status_kib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name)) return std::strtol(line.c_str() + name.size(), nullptr, 10);
    return 0;
}

// How far the resident memory rose above its start while `work` ran.
template <class Work>
long risen_kib(Work work) {
    malloc_trim(0);  // what earlier work has freed would hide what this one takes
    std::ofstream("/proc/self/clear_refs") << "5";  // the high-water mark begins anew
    const long before = status_kib("VmRSS:");
    work();
    return status_kib("VmHWM:") - before;
}

constexpr bool kMemoryIsOurs = !kWithAddressSanitizer;

struct Worst {
    double value = 0;
    std::string path;
    void see(double seen, const std::string& where) {
        if (seen > value) *this = {seen, where};
    }
};

}  // namespace

class CorporaTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CorporaTest);
    CPPUNIT_TEST(every_file_of_the_corpora_gets_its_picture_or_its_reason);
    CPPUNIT_TEST_SUITE_END();

    void every_file_of_the_corpora_gets_its_picture_or_its_reason() {
        const std::string root = folder();
        const std::vector<Entry> entries = manifest_of(root);
        if (entries.empty()) {
            std::printf("skipped: no corpora in %s; set DIGIT_CORPORA_DIR\n", root.c_str());
            return;
        }
        int files = 0;
        int pictures = 0;
        Worst time;
        Worst memory;
        std::string disagreements;
        for (const Entry& entry : entries) {
            const std::optional<Bytes> file = content_of(root + "/" + entry.path);
            if (!file) continue;
            ++files;
            for (Colour colour : {Colour::kLuma, Colour::kRgb}) {
                const double start = cpu_ms();
                const long risen =
                    risen_kib([&] { disagreements += check(entry, *file, colour, pictures); });
                time.see(cpu_ms() - start, entry.path);
                memory.see(static_cast<double>(risen), entry.path);
            }
        }
        std::printf("corpora: %d of %zu files, %d pictures\n", files, entries.size(), pictures / 2);
        std::printf("  most CPU %.0f ms (%s)\n", time.value, time.path.c_str());
        std::printf("  most memory %.0f KiB (%s)\n", memory.value, memory.path.c_str());
        CPPUNIT_ASSERT_EQUAL(std::string(), disagreements);
        CPPUNIT_ASSERT(!kMemoryIsOurs || memory.value <= 32 * 1024);
    }

    // One line if the decoder's answer is not the expected one.
    static std::string check(const Entry& entry, const Bytes& file, Colour colour, int& pictures) {
        Limits limits;
        limits.max_cpu_ms = 10'000;  // whether 250 ms are enough depends on the machine
        const Result<Picture> picture = decode(file, limits, colour);
        const Code code = picture ? Code::kOk : picture.status().code;
        const Code expected = expected_of(entry, file, limits);
        const auto complaint = [&](const std::string& what) {
            return "\n" + entry.path + ": " + what;
        };
        if (!picture && picture.status().detail.empty()) return complaint("no reason");
        if (!is_same_where_lent(picture, file, limits, colour))
            return complaint("another answer where memory is lent");
        if (expected != Code::kInternal && code != expected)
            return complaint(std::string(code_name(code)) + " instead of " +
                             std::string(code_name(expected)));
        if (!picture) return {};
        ++pictures;
        if (picture->source_width != entry.width || picture->source_height != entry.height)
            return complaint("has another size");
        if (picture->pixels.size() != std::size_t{picture->width} * picture->height *
                                          static_cast<std::size_t>(picture->channels))
            return complaint("has another number of pixels than its size");
        return {};
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CorporaTest);

}  // namespace digit::test
