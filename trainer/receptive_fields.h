// SPDX-License-Identifier: Apache-2.0
// A first hidden layer whose units see a part of the picture each.
#pragma once

#include <span>
#include <vector>

#include "libdigit/receptive_field.h"
#include "trainer/team.h"

namespace digit {

// Unit u sees field u / channels(), of which it is channel u % channels(). As long as the weights
// of a channel are alike in every field, the layer is a convolution (LeCun et al. 1998); then each
// goes on by itself, from where a convolution would be. Source: d'Ascoli et al. 2019, "Finding the
// Needle in the Haystack with Convolutions". Either way what comes of it is a layer like any other,
// most of whose weights are zero.
//
// Immutable; any number of threads may use it.
class ReceptiveFields {
  public:
    // units: a multiple of field.fields(). field: not the whole picture.
    ReceptiveFields(const ReceptiveField& field, int units);

    int channels() const { return channels_; }
    // Of a field, and so of a unit's weights.
    int pixels() const { return static_cast<int>(first_.size()); }
    int kernel_floats() const { return channels_ * pixels(); }

    // rows: 784 weights, or their gradient, of each of these units. kernels: a channel's weights,
    // channels × pixels().

    // Everything outside the fields becomes 0.
    void confine(Range units, float* rows) const;
    // Adds each unit's share of its channel's mean to the kernels.
    void add_means(Range units, const float* rows, std::span<float> kernels) const;
    // Each unit's row becomes its channel's weights within its field, and 0 outside.
    void spread(Range units, std::span<const float> kernels, float* rows) const;

  private:
    int origin_of(int unit) const { return origins_[static_cast<std::size_t>(unit / channels_)]; }

    int channels_;
    std::vector<int> origins_;  // by field: its first pixel
    std::vector<int> first_;    // the pixels of a field whose first pixel is 0
};

}  // namespace digit
