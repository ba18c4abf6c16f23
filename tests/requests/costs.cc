// SPDX-License-Identifier: Apache-2.0
// What a request costs at the worst: every file named on the command line, or below a folder named
// there, as a form from its bytes to its answer, some requests of many pictures and some ordinary
// ones. Prints the dearest in memory and in CPU time; more memory than is promised ends it with an
// error. Time depends on the machine and is only printed.
//   tests/requests/costs ../shared/corpora
#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

#include "mod_digit/upload.h"
#include "tests/requests/counted_malloc.h"
#include "tests/requests/test_site.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPromisedBytes = 32u << 20;
constexpr std::size_t kOrdinaryBytes = 4u << 20;  // for the pictures that people send
constexpr std::size_t kReadBytes = 64u << 10;     // as mod_digit/body.cc reads
constexpr std::size_t kShown = 5;

struct Cost {
    std::string name;
    int status = 0;
    double cpu_ms = 0;
    std::size_t bytes = 0;
};

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// The body as body.cc collects it, so that its growth is counted too.
std::string collected(std::string_view body) {
    std::string taken;
    taken.reserve(std::min(body.size(), kReadBytes));
    for (std::size_t at = 0; at < body.size(); at += kReadBytes)
        taken.append(body.substr(at, kReadBytes));
    return taken;
}

Cost cost_of(const WholeRequest& sent, const Site& site) {
    const Allocated before = allocated();
    watch_peak();
    const double start = cpu_ms();
    Cost cost;
    {
        WholeRequest request{sent.name, sent.kind, sent.first_line, sent.header,
                             collected(sent.body)};
        ClassifyScratch scratch;
        cost.status = answer_of(request, site, scratch).status;
    }
    cost.name = sent.name;
    cost.cpu_ms = cpu_ms() - start;
    cost.bytes = allocated().peak_bytes - before.bytes;
    return cost;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A form of the corpora has its Content-Type beside it.
WholeRequest request_of(const fs::path& path) {
    fs::path type = path;
    type.replace_extension(".ct");
    if (path.extension() != ".body" || !fs::exists(type)) return form_of(path, content_of(path));
    WholeRequest request;
    request.name = path;
    request.first_line = "POST /curl-api */*";
    request.header = content_of(type);
    while (!request.header.empty() && request.header.back() == '\n') request.header.pop_back();
    request.body = content_of(path);
    return request;
}

// As many of `file` as a form may have parts and bytes.
WholeRequest full_form(const std::string& name, const Bytes& file) {
    const std::string one(file.begin(), file.end());
    WholeRequest request = form_of(name, one);
    const std::string part = request.body.substr(0, request.body.rfind("------XbX--"));
    const std::size_t most = max_body_bytes(request.header, Limits{}.max_file_bytes);
    const std::size_t count = std::min<std::size_t>(128, (most - 16) / part.size());
    request.body.clear();
    for (std::size_t i = 0; i < count; ++i) request.body += part;
    request.body += "------XbX--\r\n";
    request.name += ", " + std::to_string(count) + " in one form";
    return request;
}

Bytes flat_png(std::uint32_t edge, int depth, int colour_type, bool interlaced) {
    PngSpec spec;
    spec.width = spec.height = edge;
    spec.depth = depth;
    spec.colour_type = colour_type;
    spec.interlaced = interlaced;
    const std::size_t bits = static_cast<std::size_t>(png_samples(colour_type) * depth);
    spec.rows.assign(edge * ((edge * bits + 7) / 8), 0);
    return write_png(spec);
}

WholeRequest many_pixels() {
    WholeRequest request;
    request.kind = Kind::kInference;
    const std::size_t count = (Limits{}.max_file_bytes + kFormOverheadBytes) / 784 - 1;
    const std::string bytes = std::to_string(count * 784);
    const std::string json = R"({"inputs":[{"name":"pixels","datatype":"UINT8","shape":[)" +
                             std::to_string(count) +
                             R"(,28,28],"parameters":{"binary_data_size":)" + bytes + "}}]}";
    request.header = std::to_string(json.size());
    request.body = json;
    for (std::size_t i = 0; i < count * 784; ++i)
        request.body += static_cast<char>(i * 2654435761u >> 13);
    request.name = "pixels of " + std::to_string(count) + " pictures";
    return request;
}

// Of a phone, reduced as its mail program offers: paper with a shadow, a thick 1, some noise.
Bytes photo(std::uint32_t width, std::uint32_t height) {
    JpegSpec spec;
    spec.width = width;
    spec.height = height;
    spec.colour = JpegColour::kYcbcr;
    spec.subsampled = true;
    spec.quality = 85;
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x) {
            const bool ink =
                x > width * 9 / 20 && x < width * 11 / 20 && y > height / 5 && y < height * 4 / 5;
            const std::uint32_t noise = (x * 2654435761u ^ y * 40503u) >> 29;
            const std::uint32_t paper = 170 + 60 * x / width + noise;
            for (const std::uint32_t tint : {0u, 4u, 12u})
                spec.pixels.push_back(static_cast<std::uint8_t>(ink ? 40 + noise : paper - tint));
        }
    return write_jpeg(spec);
}

Cost ordinary_cost(const std::string& name, const std::string& file, const Site& site) {
    const Cost cost = cost_of(form_of(name, file), site);
    require(cost.status == 200, name + " is read");
    require(cost.bytes <= kOrdinaryBytes,
            name + " takes at most 4 MiB, not " + std::to_string(cost.bytes >> 10) + " KiB");
    return cost;
}

std::vector<Cost> ordinary_costs(const Site& site) {
    std::vector<Cost> costs;
    for (const auto& entry : fs::directory_iterator(DIGIT_SOURCE_DIR "/www/samples"))
        costs.push_back(ordinary_cost(entry.path(), content_of(entry.path()), site));
    const Bytes file = photo(2000, 1500);
    costs.push_back(
        ordinary_cost("a photo of 2000×1500 in " + std::to_string(file.size() >> 10) + " KiB",
                      std::string(file.begin(), file.end()), site));
    return costs;
}

void show(const char* what, std::vector<Cost>& costs, auto dearer) {
    const std::size_t shown = std::min(kShown, costs.size());
    std::partial_sort(costs.begin(), costs.begin() + static_cast<std::ptrdiff_t>(shown),
                      costs.end(), dearer);
    std::printf("most %s:\n", what);
    for (std::size_t i = 0; i < shown; ++i)
        std::printf("%10.1f ms %8zu KiB  %d  %s\n", costs[i].cpu_ms, costs[i].bytes >> 10,
                    costs[i].status, costs[i].name.c_str());
}

}  // namespace
}  // namespace digit::test

int main(int argc, char** argv) {
    using namespace digit::test;
    const Site site{test_model(), test_page(), {}};
    std::vector<Cost> costs;
    std::size_t too_large = 0;
    const auto add = [&](const WholeRequest& request) {
        // Refused from its length, before any of it is kept.
        if (request.kind == Kind::kUpload &&
            request.body.size() > digit::max_body_bytes(request.header, site.limits.max_file_bytes))
            ++too_large;
        else
            costs.push_back(cost_of(request, site));
    };
    for (const WholeRequest& request : seed_requests(DIGIT_SOURCE_DIR)) add(request);
    for (int i = 1; i < argc; ++i) {
        if (!fs::is_directory(argv[i])) {
            add(request_of(argv[i]));
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(argv[i]))
            if (entry.is_regular_file() && entry.path().extension() != ".ct")
                add(request_of(entry.path()));
    }
    for (const int depth : {1, 8, 16})
        for (const bool interlaced : {false, true})
            add(full_form("a flat PNG of 4096×4096, " + std::to_string(depth) + " bits" +
                              (interlaced ? ", interlaced" : ""),
                          flat_png(4096, depth, 0, interlaced)));
    add(many_pixels());

    std::printf("%zu requests, %zu more that are refused from their length\n", costs.size(),
                too_large);
    show("CPU", costs, [](const Cost& a, const Cost& b) { return a.cpu_ms > b.cpu_ms; });
    show("memory", costs, [](const Cost& a, const Cost& b) { return a.bytes > b.bytes; });
    require(costs.front().bytes <= kPromisedBytes, "a request takes at most 32 MiB");
    std::vector<Cost> ordinary = ordinary_costs(site);
    show("memory of ordinary ones", ordinary,
         [](const Cost& a, const Cost& b) { return a.bytes > b.bytes; });
    return 0;
}
