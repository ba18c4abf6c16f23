// SPDX-License-Identifier: Apache-2.0
#include "libdigit/second_look.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libdigit/network.h"
#include "libdigit/scratch_vector.h"

namespace digit {
namespace {

constexpr auto kPixels = static_cast<std::size_t>(kInputPixels);
constexpr auto kLooks = static_cast<std::size_t>(kMoves);

float logarithm(float probability) {
    return std::log(std::max(probability, static_cast<float>(kLeastProbability)));
}

}  // namespace

void move_by_half_a_pixel(std::span<const std::uint8_t, kInputPixels> picture,
                          std::span<std::uint8_t> moved) {
    // With a border of no ink around it.
    constexpr int kStride = kInputEdge + 2;
    std::array<std::uint8_t, kStride * kStride> wide{};
    for (int y = 0; y < kInputEdge; ++y)
        std::copy_n(picture.data() + y * kInputEdge, kInputEdge,
                    wide.data() + (y + 1) * kStride + 1);
    std::uint8_t* out = moved.data();
    for (const int neighbour : {1, -1, kStride, -kStride})
        for (int y = 0; y < kInputEdge; ++y) {
            const std::uint8_t* row = wide.data() + (y + 1) * kStride + 1;
            for (int x = 0; x < kInputEdge; ++x)
                *out++ = static_cast<std::uint8_t>((row[x] + row[x + neighbour] + 1) / 2);
        }
}

void look_again(const Model& model, std::span<const std::uint8_t, kInputPixels> picture,
                std::span<float, kDigits> probabilities) {
    ScratchArray<std::uint8_t> memory(kLooks * kPixels);
    const std::span moved(memory.data(), kLooks * kPixels);
    move_by_half_a_pixel(picture, moved);
    std::array<float, kLooks * kDigits> answers;
    forward(model, moved, kLooks, answers, EarlyExit::kPassed);
    for (float& p : probabilities) p = logarithm(p);
    for (std::size_t i = 0; i < answers.size(); ++i)
        probabilities[i % kDigits] += logarithm(answers[i]);
    float sum = 0;
    for (float& p : probabilities) sum += p = std::exp(p / (kMoves + 1));
    for (float& p : probabilities) p /= sum;
}

}  // namespace digit
