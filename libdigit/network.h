// SPDX-License-Identifier: Apache-2.0
// The forward pass of a multi-layer perceptron.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "libdigit/model.h"

namespace digit {

// A picture that no early exit answers for is first computed with the high bytes of weights and
// activations of 5 bits. Where that leaves its best digit below this probability, the picture is
// computed anew with all 16 bits of both, so that no close decision hangs on fewer.
inline constexpr float kSureEnough = 0.97f;

// Whether an early exit is asked, where the network has one.
enum class EarlyExit { kAsked, kPassed };

// Forward pass over `count` pictures. pixels: count × 784 bytes, row-major 28×28, ink = 255.
// probabilities: count × 10, index = digit, each ten sum to 1 ± 1e-5: a tenth each where the sums
// of finite weights overflow. The vector unit is chosen at run time.
// A picture's highest probability below kSureEnough is forward_plain's within 0.001, unless an
// early exit answered that is allowed to be less sure; above it, mostly within 0.01. With weights
// of 784-1568-512-10, over 374,448 pictures that a training might show (MNIST's, as they are and
// changed as the trainer changes them, and drawn ones) one digit was another, of a changed picture,
// and four answers were called uncertain or not otherwise than by plain computation; at most they
// strayed by 0.19, of MNIST's 70,000 by 0.045. Without an early exit: by 0.0193. Returns how many
// of the pictures an early exit answered. Thread-safe. What it computes with, 22¼ bytes for each
// unit of the widest layer, 6 for each of an early exit's hidden layer and for each input of the
// largest window of receptive fields, and 2 KB, lies in this thread's ScratchScope; where there is
// none, or it has no room (of a LentBlock for some 2,600 units), in blocks of the heap. Throws
// std::bad_alloc. Source: Bishop, PRML §5.1; softmax shifted by its maximum.
std::size_t forward(const Model& model, std::span<const std::uint8_t> pixels, std::size_t count,
                    std::span<float> probabilities, EarlyExit early_exit = EarlyExit::kAsked);

// Whether the sums for a blank picture or for one all of ink are more than a float holds.
bool overflows(const Model& model);

// The same from the weights as a file holds them, in plain loops and double precision, without an
// early exit: the oracle of the tests.
void forward_plain(const NetworkParameters& network, float temperature,
                   std::span<const std::uint8_t> pixels, std::size_t count,
                   std::span<float> probabilities);

}  // namespace digit
