// SPDX-License-Identifier: Apache-2.0
#include "tests/requests/counted_malloc.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>

// glibc's own, under the names that remain when malloc is replaced.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace digit::test {
namespace {

std::atomic<long> blocks;
std::atomic<std::size_t> bytes;
std::atomic<std::size_t> peak_bytes;

thread_local long until_failure = 0;  // 0: never
thread_local Failing how_to_fail = Failing::kOnce;
thread_local bool has_failed = false;

bool fails() {
    if (until_failure == 0) return false;
    if (until_failure > 1) {
        --until_failure;
        return false;
    }
    if (how_to_fail == Failing::kOnce) until_failure = 0;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

void* counted(void* block) {
    if (block == nullptr) return block;
    ++blocks;
    const std::size_t now = bytes += malloc_usable_size(block);
    std::size_t peak = peak_bytes;
    while (now > peak && !peak_bytes.compare_exchange_weak(peak, now)) {
    }
    return block;
}

void uncount(void* block) {
    if (block == nullptr) return;
    --blocks;
    bytes -= malloc_usable_size(block);
}

}  // namespace

Allocated allocated() { return {blocks, bytes, peak_bytes}; }

void watch_peak() { peak_bytes = bytes.load(); }

void fail_allocation(long n, Failing how) {
    until_failure = n;
    how_to_fail = how;
    has_failed = false;
}

bool end_failing() {
    until_failure = 0;
    return has_failed;
}

}  // namespace digit::test

#pragma GCC visibility push(default)
extern "C" {

void* malloc(std::size_t size) noexcept {
    return digit::test::fails() ? nullptr : digit::test::counted(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    return digit::test::fails() ? nullptr : digit::test::counted(__libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) noexcept {
    if (digit::test::fails()) return nullptr;
    digit::test::uncount(block);
    return digit::test::counted(__libc_realloc(block, size));
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return digit::test::fails() ? nullptr : digit::test::counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
    *block = memalign(alignment, size);
    return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) noexcept {
    digit::test::uncount(block);
    __libc_free(block);
}

}  // extern "C"
#pragma GCC visibility pop
