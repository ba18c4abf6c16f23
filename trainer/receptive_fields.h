// SPDX-License-Identifier: Apache-2.0
// A hidden layer whose units see a part each of what lies below.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "libdigit/receptive_field.h"
#include "trainer/matrix.h"
#include "trainer/team.h"

namespace digit {

// Unit u sees field u / channels(), of which it is channel u % channels(). As long as the weights
// of a channel are alike in every field, the layer is a convolution (LeCun et al. 1998); then each
// goes on by itself, from where a convolution would be. Source: d'Ascoli et al. 2019, "Finding the
// Needle in the Haystack with Convolutions". Either way what comes of it is a layer like any other,
// most of whose weights are zero. Those alone are trained: a patch() for each unit, in the order of
// a field's rows, its places from left to right, and their inputs.
//
// Immutable; any number of threads may use it.
class ReceptiveFields {
  public:
    // units: a multiple of field.fields(). field: fitted, and not all of what lies below.
    ReceptiveFields(const ReceptiveField& field, int units);

    int fields() const { return static_cast<int>(pieces_.size()); }
    int channels() const { return channels_; }
    // Inputs of a field, and so the weights of a unit.
    int patch() const { return patch_; }

    // Units of one field.
    struct Part {
        int field;
        Range units;
        int first_channel;
    };
    // What a range of units is made of.
    std::vector<Part> parts_of(Range units) const;

    // For units [own.begin, own.end), the mean of `of_units` over all fields' units of the same
    // channel; result: own.size() floats.
    void channel_means(const float* of_units, Range own, float* result) const;

    // The field's inputs of every row, rows × patch().
    void gather(ConstMatrix inputs, int field, float* patches) const;
    // The reverse: adds them to the inputs that they are of.
    void scatter_add(const float* patches, int field, Matrix inputs) const;

    // A unit's weights among those of all inputs, which are otherwise 0; and the reverse, which
    // loses what lies outside its field.
    void expand(int unit, const float* weights, std::span<float> of_all) const;
    void confine(int unit, std::span<const float> of_all, float* weights) const;

  private:
    // Neighbouring inputs, which are neighbours in a patch too.
    struct Piece {
        int first;
        int count;
    };

    int channels_;
    int patch_;
    std::vector<std::vector<Piece>> pieces_;  // by field, in a patch's order
};

}  // namespace digit
