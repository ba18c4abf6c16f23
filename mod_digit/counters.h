// SPDX-License-Identifier: Apache-2.0
// What /metrics and server-status tell, in memory that all of httpd's processes share. Lock-free:
// every count is one relaxed atomic addition, in a part of the memory that few other threads use,
// so it is exact whatever happens to the worker afterwards. Knows nothing of httpd.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "libdigit/frame.h"
#include "libdigit/model.h"
#include "mod_digit/problem.h"
#include "mod_digit/route.h"

namespace digit {

using Cell = std::atomic<std::uint64_t>;
static_assert(Cell::is_always_lock_free, "shared between processes");

// The statuses of this module's own answers; any other is counted as 0, "other".
inline constexpr std::array<int, 19> kCountedStatuses = {
    0, 200, 201, 204, 304, 308, 400, 403, 404, 405, 408, 413, 415, 422, 429, 500, 502, 503, 507};

// What a picture came as.
inline constexpr std::array<std::string_view, 4> kPictureFormats = {"png", "jpeg", "gif", "pixels"};
inline constexpr std::size_t kPixelsFormat = 3;

enum class Stage { kBody, kDecode, kFrame, kNetwork, kAnswer };
inline constexpr std::array<std::string_view, 5> kStageNames = {"body", "decode", "frame",
                                                                "network", "answer"};

// Upper bounds in microseconds; the last bucket has none.
inline constexpr std::array<std::uint32_t, 14> kDurationBounds = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 50000, 250000, 1000000};

// Durations are measured on one request in so many: on some virtual machines reading the clock
// takes a quarter of a microsecond, which would be seen if every request did it several times.
inline constexpr std::uint64_t kTimedOneIn = 16;

struct Histogram {
    std::array<Cell, kDurationBounds.size() + 1> buckets;
    Cell sum_ns;

    void observe(std::int64_t ns);
};

// One thread's part; on cache lines of its own.
struct alignas(64) CounterSlot {
    std::array<std::array<Cell, kCountedStatuses.size()>, kEndpoints> requests;
    std::array<Cell, kPictureFormats.size()> pictures;
    std::array<Cell, kDigits> predictions;
    std::array<Cell, kProblemTypes> rejected;
    Cell begun;  // requests, to choose which of them are timed
    Histogram request;
    std::array<Histogram, kStageNames.size()> stages;
};

// Lies in shared memory that begins as zeros, and is only added to.
class Counters {
  public:
    void count_request(Endpoint endpoint, int status);
    // format: an index into kPictureFormats, which begins as ImageFormat does.
    void count_picture(std::size_t format, int digit);
    void count_rejection(const Problem& problem);

    // Whether the request that begins now is one to be timed.
    bool times_this_one();
    void observe_request(std::int64_t ns);
    void observe_stage(Stage stage, std::int64_t ns);

    // The sum over all slots of what `cell` picks from one.
    template <class Pick>
    std::uint64_t sum(Pick cell) const {
        std::uint64_t total = 0;
        for (const CounterSlot& slot : slots_) total += cell(slot).load(std::memory_order_relaxed);
        return total;
    }

  private:
    CounterSlot& slot();

    std::atomic<std::uint32_t> threads_;
    std::array<CounterSlot, 16> slots_;
};

// The counters as Prometheus' text format 0.0.4 has them, without the model's.
std::string metrics_text(const Counters& counters);

// The lines about the model that answers here.
std::string model_metrics_text(const Model& model);

}  // namespace digit
