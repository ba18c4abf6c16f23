// SPDX-License-Identifier: Apache-2.0
#include "trainer/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "trainer/random.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

// At least a half: the first of the two pictures prevails. Source: Jöhnk 1964.
float symmetric_beta(float parameter, Random& random) {
    for (;;) {
        const float x = std::pow(random.uniform(), 1 / parameter);
        const float y = std::pow(random.uniform(), 1 / parameter);
        if (x + y > 0 && x + y <= 1) return std::max(x, y) / (x + y);
    }
}

}  // namespace

Sampler::Sampler(const Settings& settings, const Dataset& data)
    : settings_(settings),
      data_(data),
      batch_size_(std::min(settings.batch_size, data.size())),
      augmenter_(settings.augment) {}

void Sampler::begin_epoch(int epoch) {
    epoch_ = epoch;
    order_.resize(static_cast<std::size_t>(data_.size()));
    std::iota(order_.begin(), order_.end(), 0u);
    Random random(settings_.seed, Stream::kShuffle, {static_cast<std::uint64_t>(epoch)});
    shuffle(order_, random);
}

void Sampler::put_pixels(std::size_t position, int picture, float* out) const {
    if (!settings_.augment.any()) {
        bytes_to_input(data_.picture(picture), settings_.centred, out);
        return;
    }
    Random random(settings_.seed, Stream::kAugment, {static_cast<std::uint64_t>(epoch_), position});
    DisplacementNoise noise;
    const Distortion distortion = augmenter_.draw(random, noise);
    augmenter_.apply(data_.picture(picture), distortion, noise, out);
    if (settings_.centred)
        for (int i = 0; i < kInputPixels; ++i) out[i] = 2 * out[i] - 1;
}

void Sampler::fill(std::int64_t step, Range rows, Batch& batch) const {
    const auto first = static_cast<std::size_t>(step) * static_cast<std::size_t>(batch_size_);
    for (int row = rows.begin; row < rows.end; ++row) {
        const auto at = static_cast<std::size_t>(row);
        const int picture = static_cast<int>(order_[first + at]);
        float* pixels = batch.pixels.data() + at * kInputPixels;
        float* target = batch.targets.data() + at * kLane;
        const std::uint8_t label = data_.labels[static_cast<std::size_t>(picture)];
        put_pixels(first + at, picture, pixels);
        std::fill_n(target, kDigits, settings_.label_smoothing / kDigits);
        target[label] += 1 - settings_.label_smoothing;
        batch.labels[at] = label;
        if (settings_.mixup > 0) mix(first + at, pixels, target);
    }
}

// The partner is drawn from all pictures and changed by noise of its own.
void Sampler::mix(std::size_t position, float* pixels, float* target) const {
    Random random(settings_.seed, Stream::kMixup, {static_cast<std::uint64_t>(epoch_), position});
    const int partner = static_cast<int>(random.below(static_cast<std::uint64_t>(data_.size())));
    const float other = 1 - symmetric_beta(settings_.mixup, random);
    alignas(64) float partner_pixels[kInputPixels];
    put_pixels(position + order_.size(), partner, partner_pixels);
    for (int i = 0; i < kInputPixels; ++i) pixels[i] += other * (partner_pixels[i] - pixels[i]);
    for (int k = 0; k < kDigits; ++k) target[k] *= 1 - other;
    const float smoothing = other * settings_.label_smoothing;
    for (int k = 0; k < kDigits; ++k) target[k] += smoothing / kDigits;
    target[data_.labels[static_cast<std::size_t>(partner)]] += other - smoothing;
}

}  // namespace digit
