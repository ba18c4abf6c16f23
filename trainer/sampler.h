// SPDX-License-Identifier: Apache-2.0
// Chooses and prepares the pictures of every batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/augment.h"
#include "trainer/back_propagation.h"
#include "trainer/dataset.h"
#include "trainer/drawn_pool.h"
#include "trainer/random.h"
#include "trainer/settings.h"
#include "trainer/team.h"

namespace digit {

// What is learnt from. The user's own pictures come last; they may be few beside MNIST, and are
// then shown several times an epoch.
struct TrainingPictures {
    Dataset pictures;
    int own = 0;
    // Changed from epoch to epoch; may be none, and is left alone where Settings::drawn is nothing.
    DrawnPool* drawn = nullptr;
};

// Every picture once an epoch (own pictures as often as Settings::own_share asks), in
// an order that the seed and the epoch decide; what does not fill a batch is left out of that
// epoch. What a batch holds depends on seed, epoch and step alone.
class Sampler {
  public:
    // `data` must outlive the sampler and hold at least one picture.
    Sampler(const Settings& settings, const TrainingPictures& data);

    int batch_size() const { return batch_size_; }
    std::int64_t steps() const { return pictures_ / batch_size_; }  // an epoch

    // Not while a fill() is under way.
    void begin_epoch(int epoch, Team& team);

    // Fills the rank's rows of a batch. Sets no size.
    void fill(std::int64_t step, Range rows, Batch& batch) const;

    // With Settings::views, where the pixels depend on picture and view alone:
    // Which of the views this epoch has.
    int view() const { return settings_.views > 0 ? epoch_ % settings_.views : 0; }
    // The pictures but for the drawn ones, which follow them in Batch::shown; own ones count as
    // often as they are repeated, as each time they are changed in another way.
    int pictures_of_data() const { return first_own_ + repeats_ * (data_.size() - first_own_); }
    // Which pictures the drawn ones are; they change from epoch to epoch.
    std::span<const std::uint64_t> drawn_serials() const;
    // The pixels of one of them as this epoch has it: 784 floats.
    void show(int index, float* pixels) const;

  private:
    struct Shown {
        std::span<const std::uint8_t> picture;
        std::uint8_t label;
        bool drawn;
    };
    Shown shown(std::size_t index) const;
    // What the noise by which it is changed belongs to: with views the picture and the view, else
    // a position of the epoch.
    Random noise_of(std::size_t index, std::size_t position) const;
    // The picture changed as the settings say.
    void put_pixels(Random random, const Shown& shown, float* out) const;
    void add_target(std::uint8_t label, float weight, float* target) const;
    // Mixes it with another, pixels and target.
    void mix(std::size_t position, float* pixels, float* target) const;

    const Settings& settings_;
    const Dataset& data_;
    DrawnPool* drawn_;
    const int first_own_;
    const int repeats_;            // of own pictures
    const std::int64_t pictures_;  // an epoch
    const int batch_size_;
    const Augmenter augmenter_;
    const Augmenter drawn_augmenter_;
    int epoch_ = 0;
    std::vector<std::uint32_t> order_;
};

}  // namespace digit
