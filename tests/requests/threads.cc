// SPDX-License-Identifier: Apache-2.0
// Several threads answer all seed requests at once, with one model, one page, one set of counters
// and two slots for large pictures, while another reads the metrics. Each answer is the one that a
// single thread gives. `script/test tsan` runs it under ThreadSanitizer.
#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <thread>

#include "libdigit/large_decodes.h"
#include "mod_digit/counters.h"
#include "tests/requests/test_site.h"
#include "tests/unit/image_writers.h"

namespace digit::test {
namespace {

constexpr int kThreads = 6;

// One that is counted as large: interlaced, of which all is held until the end.
WholeRequest large_picture() {
    PngSpec spec;
    spec.width = 1500;
    spec.height = 700;
    spec.colour_type = 6;
    spec.interlaced = true;
    spec.rows.assign(std::size_t{spec.width} * spec.height * 4, 100);
    for (std::size_t i = spec.rows.size() / 2; i < spec.rows.size() / 2 + 40'000; ++i)
        spec.rows[i] = 250;
    const Bytes file = write_png(spec);
    return form_of("large", {reinterpret_cast<const char*>(file.data()), file.size()});
}

struct Shared {
    const Site& site;
    const std::vector<WholeRequest>& requests;
    const std::vector<Answer>& expected;
    Counters& counters;
    std::atomic<int> wrong = 0;
    std::atomic<int> busy = 0;
    std::atomic<int> answered = 0;
};

void answer_all(Shared& shared, unsigned seed, int rounds) {
    ClassifyScratch scratch;
    std::mt19937 random(seed);
    std::vector<std::size_t> order(shared.requests.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (int round = 0; round < rounds; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t i : order) {
            const bool timed = shared.counters.times_this_one();
            const Answer answer = answer_of(shared.requests[i], shared.site, scratch);
            shared.counters.count_request(Endpoint::kCurlApi, answer.status);
            shared.counters.count_picture(0, static_cast<int>(i % kDigits));
            if (timed) shared.counters.observe_request(1000);
            ++shared.answered;
            if (answer.status == 503)
                ++shared.busy;
            else if (answer.status != shared.expected[i].status ||
                     answer.body != shared.expected[i].body)
                ++shared.wrong;
        }
    }
}

}  // namespace
}  // namespace digit::test

int main(int argc, char** argv) {
    using namespace digit::test;
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
    digit::LargeDecodes slots(2);
    digit::Limits limits;
    limits.max_cpu_ms = 60'000;
    limits.large_decodes = &slots;
    const Site site{test_model(), test_page(), limits};
    std::vector<WholeRequest> requests = seed_requests(DIGIT_SOURCE_DIR);
    requests.push_back(large_picture());
    std::vector<Answer> expected;
    digit::ClassifyScratch scratch;
    for (const WholeRequest& request : requests)
        expected.push_back(answer_of(request, site, scratch));
    require(expected.back().status == 200, "the large picture is answered");

    const auto counters = std::make_unique<digit::Counters>();
    Shared shared{site, requests, expected, *counters};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] { answer_all(shared, i, rounds); });
    std::atomic<bool> over = false;
    std::thread reader([&] {
        while (!over) require(!metrics_text(*counters).empty(), "there are metrics");
    });
    for (std::thread& thread : threads) thread.join();
    over = true;
    reader.join();

    const auto asked =
        static_cast<std::uint64_t>(kThreads) * static_cast<std::uint64_t>(rounds) * requests.size();
    std::printf("%d threads: %d answers, %d of them busy\n", kThreads, shared.answered.load(),
                shared.busy.load());
    require(shared.wrong == 0, "every answer is the one of a single thread");
    require(static_cast<std::uint64_t>(shared.answered) == asked, "every request is answered");
    require(counters->sum([](const digit::CounterSlot& slot) -> const digit::Cell& {
        return slot.pictures[0];
    }) == asked,
            "every count is kept");
    require(slots.enter() && slots.enter(), "every slot is given back");
    return 0;
}
