// SPDX-License-Identifier: Apache-2.0
#include "trainer/sampler.h"

#include <algorithm>
#include <cmath>

#include "trainer/draw_other.h"
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
      drawn_(settings.drawn.total() > 0 ? data.drawn : nullptr),
      first_own_(data.pictures.size() - data.own),
      repeats_(repeats_of_own(settings.own_share, first_own_, data.own)),
      pictures_(first_own_ + std::int64_t{repeats_} * data.own +
                (drawn_ != nullptr ? settings.drawn.total() : 0)),
      batch_size_(static_cast<int>(std::min<std::int64_t>(settings.batch_size, pictures_))),
      augmenter_(settings.augment),
      drawn_augmenter_(settings.augment.scaled(settings.drawn.augment)) {}

void Sampler::begin_epoch(int epoch, Team& team) {
    epoch_ = epoch;
    order_.clear();
    for (int i = 0; i < pictures_of_data(); ++i) order_.push_back(static_cast<std::uint32_t>(i));
    if (drawn_ != nullptr) {
        drawn_->prepare(epoch, team);
        for (int i = 0; i < settings_.drawn.total(); ++i)
            order_.push_back(static_cast<std::uint32_t>(pictures_of_data() + i));
    }
    Random random(settings_.seed, Stream::kShuffle, {static_cast<std::uint64_t>(epoch)});
    shuffle(order_, random);
}

// Own pictures come as often as they are repeated, and drawn ones after all others.
Sampler::Shown Sampler::shown(std::size_t at) const {
    int picture = static_cast<int>(at);
    const bool drawn = picture >= pictures_of_data();
    const Dataset& from = drawn ? drawn_->pictures() : data_;
    if (drawn)
        picture -= pictures_of_data();
    else if (picture >= data_.size())
        picture = first_own_ + (picture - first_own_) % (data_.size() - first_own_);
    return {from.picture(picture), from.labels[static_cast<std::size_t>(picture)], drawn};
}

std::span<const std::uint64_t> Sampler::drawn_serials() const {
    return drawn_ != nullptr ? drawn_->serials() : std::span<const std::uint64_t>{};
}

void Sampler::show(int index, float* pixels) const {
    const auto at = static_cast<std::size_t>(index);
    put_pixels(noise_of(at, 0), shown(at), pixels);
}

Random Sampler::noise_of(std::size_t index, std::size_t position) const {
    if (settings_.views == 0)
        return Random(settings_.seed, Stream::kAugment,
                      {static_cast<std::uint64_t>(epoch_), position});
    const auto pictures = static_cast<std::size_t>(pictures_of_data());
    if (index < pictures)
        return Random(settings_.seed, Stream::kView, {static_cast<std::uint64_t>(view()), index});
    // One view of each, as new ones come with every epoch.
    return Random(settings_.seed, Stream::kDrawnView, {drawn_->serials()[index - pictures]});
}

void Sampler::put_pixels(Random random, const Shown& shown, float* out) const {
    if (!settings_.augment.any()) {
        bytes_to_input(shown.picture, settings_.centred, out);
        return;
    }
    DisplacementNoise noise;
    const Augmenter& augmenter = shown.drawn ? drawn_augmenter_ : augmenter_;
    const Distortion distortion = augmenter.draw(random, noise);
    augmenter.apply(shown.picture, distortion, noise, out);
    if (settings_.centred)
        for (int i = 0; i < kInputPixels; ++i) out[i] = 2 * out[i] - 1;
}

// What is no digit may as well be any; a smoothed label is part of the way there.
void Sampler::add_target(std::uint8_t label, float weight, float* target) const {
    const float spread = label == kNoDigit ? 1 : settings_.label_smoothing;
    for (int k = 0; k < kDigits; ++k) target[k] += weight * spread / kDigits;
    if (label != kNoDigit) target[label] += weight * (1 - spread);
}

void Sampler::fill(std::int64_t step, Range rows, Batch& batch) const {
    const auto first = static_cast<std::size_t>(step) * static_cast<std::size_t>(batch_size_);
    for (int row = rows.begin; row < rows.end; ++row) {
        const auto at = static_cast<std::size_t>(row);
        const std::uint32_t index = order_[first + at];
        const Shown picture = shown(index);
        float* pixels = batch.pixels.data() + at * kInputPixels;
        float* target = batch.targets.data() + at * kLane;
        batch.shown[at] = index;
        put_pixels(noise_of(index, first + at), picture, pixels);
        std::fill_n(target, kDigits, 0.0f);
        add_target(picture.label, 1, target);
        batch.labels[at] = picture.label;
        if (settings_.mixup > 0) mix(first + at, pixels, target);
    }
}

// The partner is drawn from all pictures and changed by noise of its own.
void Sampler::mix(std::size_t position, float* pixels, float* target) const {
    Random random(settings_.seed, Stream::kMixup, {static_cast<std::uint64_t>(epoch_), position});
    const std::uint32_t index = order_[random.below(order_.size())];
    const Shown partner = shown(index);
    const float other = 1 - symmetric_beta(settings_.mixup, random);
    alignas(64) float partner_pixels[kInputPixels];
    put_pixels(noise_of(index, position + order_.size()), partner, partner_pixels);
    for (int i = 0; i < kInputPixels; ++i) pixels[i] += other * (partner_pixels[i] - pixels[i]);
    for (int k = 0; k < kDigits; ++k) target[k] *= 1 - other;
    add_target(partner.label, other, target);
}

}  // namespace digit
