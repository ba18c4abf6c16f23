// SPDX-License-Identifier: Apache-2.0
#include "trainer/sampler.h"

#include <algorithm>
#include <cmath>

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

// How often each own picture must come for all of them to be `share` of an epoch.
int repeats_of_own(double share, int others, int own) {
    if (own == 0 || others == 0) return 1;
    const double wanted = share / (1 - share) * others / own;
    return std::max(1, static_cast<int>(std::lround(wanted)));
}

}  // namespace

Sampler::Sampler(const Settings& settings, const TrainingPictures& data)
    : settings_(settings),
      data_(data.pictures),
      first_own_(data.pictures.size() - data.own),
      repeats_(repeats_of_own(settings.own_share, first_own_, data.own)),
      pictures_(first_own_ + std::int64_t{repeats_} * data.own),
      batch_size_(static_cast<int>(std::min<std::int64_t>(settings.batch_size, pictures_))),
      augmenter_(settings.augment) {}

void Sampler::begin_epoch(int epoch, Team&) {
    epoch_ = epoch;
    order_.resize(static_cast<std::size_t>(pictures_));
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const int at = static_cast<int>(i);
        const int own = data_.size() - first_own_;
        order_[i] =
            static_cast<std::uint32_t>(at < first_own_ ? at : first_own_ + (at - first_own_) % own);
    }
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
