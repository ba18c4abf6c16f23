// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/counters.h"

#include <algorithm>

namespace digit {
namespace {

void add(Cell& cell, std::uint64_t n = 1) { cell.fetch_add(n, std::memory_order_relaxed); }

template <class Values, class Value>
std::size_t index_of(const Values& values, const Value& value, std::size_t otherwise) {
    const auto at = std::find(values.begin(), values.end(), value);
    return at == values.end() ? otherwise : static_cast<std::size_t>(at - values.begin());
}

}  // namespace

void Histogram::observe(std::int64_t ns) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)) / 1000;
    const auto* bound = std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), us);
    add(buckets[static_cast<std::size_t>(bound - kDurationBounds.begin())]);
    add(sum_ns, static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)));
}

CounterSlot& Counters::slot() {
    static thread_local const std::uint32_t mine = threads_.fetch_add(1, std::memory_order_relaxed);
    return slots_[mine % slots_.size()];
}

void Counters::count_request(Endpoint endpoint, int status) {
    add(slot().requests[static_cast<std::size_t>(endpoint)][index_of(kCountedStatuses, status, 0)]);
}

void Counters::count_picture(std::size_t format, int digit) {
    add(slot().pictures[format]);
    add(slot().predictions[static_cast<std::size_t>(digit)]);
}

void Counters::count_rejection(const Problem& problem) {
    const std::size_t other = index_of(problem_types(), std::string_view("internal"), 0);
    add(slot().rejected[index_of(problem_types(), problem.kind->type, other)]);
}

bool Counters::times_this_one() {
    return slot().begun.fetch_add(1, std::memory_order_relaxed) % kTimedOneIn == 0;
}

void Counters::observe_request(std::int64_t ns) { slot().request.observe(ns); }

void Counters::observe_stage(Stage stage, std::int64_t ns) {
    slot().stages[static_cast<std::size_t>(stage)].observe(ns);
}

}  // namespace digit
