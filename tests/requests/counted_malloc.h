// SPDX-License-Identifier: Apache-2.0
// Takes the place of malloc and its kin in the whole program, libraries included: counts what is
// allocated and, where it is told to, has none. Not for builds with sanitizers, which do the same.
#pragma once

#include <cstddef>

namespace digit::test {

struct Allocated {
    long blocks = 0;
    std::size_t bytes = 0;       // as the allocator rounds them
    std::size_t peak_bytes = 0;  // the most since watch_peak()
};

Allocated allocated();

void watch_peak();

enum class Failing { kOnce, kFromThenOn };

// The n-th allocation of this thread from now on (n = 1: the next) fails.
void fail_allocation(long n, Failing how);

// Back to normal; whether an allocation has failed.
bool end_failing();

}  // namespace digit::test
