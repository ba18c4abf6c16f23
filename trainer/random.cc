// SPDX-License-Identifier: Apache-2.0
#include "trainer/random.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace digit {

namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

std::uint64_t finalise(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed, Stream stream, std::initializer_list<std::uint64_t> key)
    : state_(finalise(seed + kGolden)) {
    state_ = finalise(state_ ^ (static_cast<std::uint64_t>(stream) * kGolden));
    for (std::uint64_t part : key) state_ = finalise(state_ ^ ((part + 1) * kGolden));
}

std::uint64_t Random::next() {
    state_ += kGolden;
    return finalise(state_);
}

float Random::uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }

float Random::normal() {
    const float radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi_v<float> * uniform());
}

std::uint64_t Random::below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64);
}

void shuffle(std::span<std::uint32_t> items, Random& random) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace digit
