// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/request_id.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace digit {
namespace {

// Not std::random_device, which takes 5 KB of a stack that is otherwise hardly deeper than that.
// Where the kernel has no randomness to give, which is so only while it starts and which no test
// can make it do, ids are the clock's.
std::uint64_t seed() {
    std::uint64_t bits = 0;
    if (getentropy(&bits, sizeof bits) != 0)
        bits =
            static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    return bits;
}

}  // namespace

bool is_request_id(std::string_view id) {
    constexpr std::string_view kSigns = "._~+/=@:-";
    return !id.empty() && id.size() <= kMaxRequestIdBytes &&
           std::all_of(id.begin(), id.end(), [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      kSigns.find(c) != std::string_view::npos;
           });
}

RequestId new_request_id() {
    // SplitMix64 (Steele, Lea and Flood 2014) from a seed of each thread's own: asking the kernel
    // for randomness at every request would cost more than reading a small picture.
    static thread_local std::uint64_t state = seed();
    state += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    RequestId id;
    for (char& c : id) {
        c = "0123456789abcdef"[z >> 60];
        z <<= 4;
    }
    return id;
}

}  // namespace digit
