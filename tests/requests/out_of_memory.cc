// SPDX-License-Identifier: Apache-2.0
// Every seed request and one of each way to decode with its 1st, 2nd, … allocation failing, alone
// or with all after it, until none fails any more; and a correction being stored. Each time it is
// answered as ever, or with a 500 whose log says that memory ran out; nothing crashes, and nothing
// stays allocated. Not here is what httpd allocates from its pools: there it ends the process
// itself, by design (ap_abort_on_oom), and its parent starts another.
#include <algorithm>
#include <string>

#include "mod_digit/correction.h"
#include "mod_digit/guard.h"
#include "tests/requests/counted_malloc.h"
#include "tests/requests/test_site.h"
#include "tests/unit/image_writers.h"
#include "tests/unit/temporary_folder.h"

namespace digit::test {
namespace {

long failures = 0;

// As handler.cc has it.
Answer guarded_answer(const WholeRequest& request, const Site& site, ClassifyScratch& scratch) {
    return guarded([&] { return answer_of(request, site, scratch); },
                   [](const char* reason) {
                       return Answer{500, {}, std::string(reason)};
                   });
}

bool says_no_memory(const Answer& answer) {
    return answer.status == 500 &&
           (answer.log == "out of memory" || answer.log.starts_with("OutOfMemory: "));
}

// Where a text begins to be another than it should be.
std::string difference(const std::string& text, const std::string& expected) {
    const auto at = std::mismatch(text.begin(), text.end(), expected.begin(), expected.end()).first;
    const auto from = static_cast<std::size_t>(at - text.begin());
    return std::to_string(from) + ": " + text.substr(from, 80);
}

// Whether an allocation failed at all; `name` ends the sentences about what went wrong.
template <class Work, class Check>
bool with_failure(long n, Failing how, const std::string& name, Work work, Check check) {
    const std::string where = name + ", allocation " + std::to_string(n) +
                              (how == Failing::kOnce ? "" : " and all after it");
    const long before = allocated().blocks;
    bool failed = false;
    {
        fail_allocation(n, how);
        const auto result = work();
        failed = end_failing();
        check(result, failed, where);
    }
    const long kept = allocated().blocks - before;
    require(kept == 0,
            where + ": memory is given back; " + std::to_string(kept) + " blocks are not");
    if (failed) ++failures;
    return failed;
}

template <class Work, class Check>
void fail_everywhere(const std::string& name, Work work, Check check) {
    // The first time fills what is kept for good: buffers of the C++ library, tables.
    for (int i = 0; i < 2; ++i) check(work(), false, name);
    for (const Failing how : {Failing::kOnce, Failing::kFromThenOn})
        for (long n = 1; with_failure(n, how, name, work, check); ++n) {
        }
}

void check_request(const WholeRequest& request, const Site& site) {
    ClassifyScratch scratch;
    const auto ask = [&] { return guarded_answer(request, site, scratch); };
    const Answer expected = ask();
    scratch = {};
    fail_everywhere(
        request.name, ask, [&](const Answer& answer, bool failed, const std::string& where) {
            const bool as_ever = answer.status == expected.status && answer.body == expected.body;
            // Of several pictures one may be failed on and the others answered.
            const bool in_part = answer.status == expected.status && answer.log != expected.log &&
                                 answer.log.starts_with("OutOfMemory: ");
            require(as_ever || (failed && (says_no_memory(answer) || in_part)),
                    where + ": the answer is right or says that memory ran out; it is " +
                        std::to_string(answer.status) + " " + answer.log + ", and differs at " +
                        difference(answer.body, expected.body));
            // Nothing of a request that failed may get into the next one's answer.
            const Answer next = ask();
            require(next.status == expected.status && next.body == expected.body,
                    where + ": the next answer with the same scratch is right");
            scratch = {};
        });
}

// Where no digit is, no way to decode it is left out: grey values that rise across the picture.
Bytes slope(std::uint32_t edge, std::uint32_t bytes_a_pixel) {
    Bytes pixels;
    for (std::uint32_t i = 0; i < edge * edge * bytes_a_pixel; ++i)
        pixels.push_back(static_cast<std::uint8_t>(i / bytes_a_pixel % edge * 255 / edge));
    return pixels;
}

WholeRequest picture(const std::string& name, const Bytes& file) {
    return form_of(name, {reinterpret_cast<const char*>(file.data()), file.size()});
}

// What the seeds do not decode: each keeps what the others do not.
std::vector<WholeRequest> pictures() {
    constexpr std::uint32_t kEdge = 40;
    JpegSpec jpeg;
    jpeg.width = jpeg.height = kEdge;
    jpeg.colour = JpegColour::kYcbcr;
    jpeg.pixels = slope(kEdge, 3);
    jpeg.subsampled = true;
    jpeg.progressive = true;
    const Bytes progressive = write_jpeg(jpeg);
    jpeg.progressive = false;
    jpeg.app1 = exif_app1(6);
    const Bytes turned = write_jpeg(jpeg);
    jpeg.app1 = {};
    jpeg.subsampled = false;
    jpeg.colour = JpegColour::kCmyk;
    jpeg.pixels = slope(kEdge, 4);
    const Bytes cmyk = write_jpeg(jpeg);
    PngSpec png;
    png.width = png.height = kEdge;
    png.colour_type = 6;
    png.interlaced = true;
    png.rows = slope(kEdge, 4);
    return {picture("progressive JPEG", progressive), picture("turned JPEG", turned),
            picture("CMYK JPEG", cmyk), picture("interlaced PNG", write_png(png))};
}

Answer stored(const std::string& folder, const Correction& corrected) {
    return guarded(
        [&] {
            const auto result = store_correction(folder, 1'000'000, corrected);
            const auto* problem = std::get_if<Problem>(&result);
            return problem == nullptr ? Answer{200, {}, {}}
                                      : Answer{problem->kind->status, {}, problem->log};
        },
        [](const char* reason) {
            return Answer{500, {}, std::string(reason)};
        });
}

void check_storing() {
    const TemporaryFolder folder;
    const std::string path = folder.path();
    Correction corrected{7, {}};
    corrected.pixels[400] = 255;
    fail_everywhere(
        "a correction being stored", [&] { return stored(path, corrected); },
        [&](const Answer& answer, bool failed, const std::string& where) {
            require(answer.status == 200 || (failed && says_no_memory(answer)),
                    where + ": it is stored or memory ran out, not " + answer.log);
        });
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "7"))
        require(entry.path().extension() == ".png" && entry.file_size() > 0 &&
                    !entry.path().filename().string().starts_with('.'),
                "a correction is stored whole or not at all");
}

}  // namespace
}  // namespace digit::test

int main() {
    using namespace digit::test;
    digit::Limits limits;
    limits.max_cpu_ms = 10'000;  // under valgrind, too
    const Site site{test_model(), test_page(), limits};
    std::vector<WholeRequest> requests = seed_requests(DIGIT_SOURCE_DIR);
    requests.push_back(correction());
    for (WholeRequest& picture : pictures()) requests.push_back(std::move(picture));
    require(requests.size() > 10, "there are seed requests");
    for (const WholeRequest& request : requests) check_request(request, site);
    check_storing();
    std::printf("%zu requests, %ld allocations refused\n", requests.size(), failures);
    return 0;
}
