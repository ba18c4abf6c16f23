// SPDX-License-Identifier: Apache-2.0
#include "trainer/sampler.h"

#include <algorithm>
#include <numeric>

#include "trainer/random.h"
#include "trainer/vector_ops.h"

namespace digit {

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
        const std::uint8_t label = data_.labels[static_cast<std::size_t>(picture)];
        put_pixels(first + at, picture, batch.pixels.data() + at * kInputPixels);
        float* target = batch.targets.data() + at * kLane;
        std::fill_n(target, kDigits, 0.0f);
        target[label] = 1;
        batch.labels[at] = label;
    }
}

}  // namespace digit
