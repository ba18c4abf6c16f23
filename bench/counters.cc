// SPDX-License-Identifier: Apache-2.0
// What counting costs a request: everything that a request with one picture asks of the counters,
// the readings of the clock for one in 16 included, by one thread and by as many as there are
// cores.
#include "mod_digit/counters.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRequests = 1'000'000;
constexpr int kRounds = 9;

std::int64_t ns_since(Clock::time_point start) {
    return std::chrono::nanoseconds(Clock::now() - start).count();
}

// As Exchange, classify() and note_outcomes() do it.
void count_one(digit::Counters& counters, int prediction) {
    const bool timed = counters.times_this_one();
    Clock::time_point begun, classified;
    std::int64_t stages[4] = {};
    if (timed) {
        begun = Clock::now();
        Clock::time_point last = Clock::now();
        for (std::int64_t& stage : stages) {
            const Clock::time_point now = Clock::now();
            stage = std::chrono::nanoseconds(now - last).count();
            last = now;
        }
        for (std::size_t i = 0; i < 4; ++i)
            counters.observe_stage(static_cast<digit::Stage>(i), stages[i]);
        classified = Clock::now();
    }
    counters.count_picture(0, prediction);
    counters.count_request(digit::Endpoint::kCurlApi, 200);
    if (timed) {
        counters.observe_request(ns_since(begun));
        counters.observe_stage(digit::Stage::kAnswer, ns_since(classified));
    }
}

// Nanoseconds of CPU a request; other programs' share of the machine is not in it.
double measure(digit::Counters& counters, unsigned threads) {
    const std::clock_t start = std::clock();
    std::vector<std::thread> team;
    for (unsigned t = 0; t < threads; ++t)
        team.emplace_back([&] {
            for (int i = 0; i < kRequests; ++i) count_one(counters, i % 10);
        });
    for (std::thread& thread : team) thread.join();
    return static_cast<double>(std::clock() - start) * 1e9 / CLOCKS_PER_SEC / kRequests / threads;
}

}  // namespace

int main() {
    const auto counters = std::make_unique<digit::Counters>();
    for (const unsigned threads : {1u, std::max(2u, std::thread::hardware_concurrency())}) {
        std::vector<double> rounds;
        for (int i = 0; i < kRounds; ++i) rounds.push_back(measure(*counters, threads));
        std::sort(rounds.begin(), rounds.end());
        std::printf(
            "%2u threads: %6.1f ns of CPU a request [%.1f-%.1f], %d rounds of %d requests each\n",
            threads, rounds[kRounds / 2], rounds.front(), rounds.back(), kRounds, kRequests);
    }
}
