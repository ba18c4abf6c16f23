// SPDX-License-Identifier: Apache-2.0
// Random numbers that depend on nothing but what they are for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace digit {

// What a stream of random numbers is for; part of its key, so that no two uses share numbers.
enum class Stream : std::uint64_t {
    kWeights = 1,
    kInversion,
    kValidation,
    kShuffle,
    kDropout,
    kAugment,
    kMixup,
    kStatistics,
    kDrawn,
    kView,
    kDrawnView,
};

// SplitMix64 (Steele, Lea and Flood 2014) started at a hash of its key: the seed, the purpose,
// and what it is drawn for (epoch, picture, …). The same key gives the same numbers, whichever
// thread asks and in whatever order.
class Random {
  public:
    Random(std::uint64_t seed, Stream stream, std::initializer_list<std::uint64_t> key = {});

    std::uint64_t next();
    // Uniform in [0, 1), 24 bits.
    float uniform();
    // Uniform in [low, high).
    float uniform(float low, float high) { return low + (high - low) * uniform(); }
    // Standard normal. Source: Box and Muller 1958, the cosine half.
    float normal();
    // Uniform in [0, n), n > 0. Source: Lemire 2019, without the rejection: the bias is n / 2^64.
    std::uint64_t below(std::uint64_t n);

  private:
    std::uint64_t state_;
};

// Fisher–Yates.
void shuffle(std::span<std::uint32_t> items, Random& random);

}  // namespace digit
