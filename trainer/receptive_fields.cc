// SPDX-License-Identifier: Apache-2.0
#include "trainer/receptive_fields.h"

#include <algorithm>

namespace digit {

ReceptiveFields::ReceptiveFields(const ReceptiveField& field, int units)
    : channels_(units / field.fields()),
      patch_(field.inputs_of_field()),
      pieces_(static_cast<std::size_t>(field.fields())) {
    for (int f = 0; f < fields(); ++f) {
        std::vector<Piece>& pieces = pieces_[static_cast<std::size_t>(f)];
        for (int y = field.top(f); y < field.top(f) + field.size; ++y)
            for (int x = field.left(f); x < field.left(f) + field.size; ++x) {
                const int first = field.first_input(x, y);
                if (!pieces.empty() && pieces.back().first + pieces.back().count == first)
                    pieces.back().count += field.depth;
                else
                    pieces.push_back({first, field.depth});
            }
    }
}

std::vector<ReceptiveFields::Part> ReceptiveFields::parts_of(Range units) const {
    std::vector<Part> parts;
    for (int begin = units.begin; begin < units.end;) {
        const int field = begin / channels_;
        const int end = std::min(units.end, (field + 1) * channels_);
        parts.push_back({field, {begin, end}, begin % channels_});
        begin = end;
    }
    return parts;
}

void ReceptiveFields::channel_means(const float* of_units, Range own, float* result) const {
    std::vector<double> sums(static_cast<std::size_t>(channels_));
    for (int f = 0; f < fields(); ++f)
        for (double& sum : sums) sum += static_cast<double>(*of_units++);
    for (int unit = own.begin; unit < own.end; ++unit)
        *result++ = static_cast<float>(sums[static_cast<std::size_t>(unit % channels_)] / fields());
}

void ReceptiveFields::gather(ConstMatrix inputs, int field, float* patches) const {
    const std::vector<Piece>& pieces = pieces_[static_cast<std::size_t>(field)];
    for (int r = 0; r < inputs.rows; ++r) {
        const float* row = inputs.data + static_cast<std::ptrdiff_t>(r) * inputs.stride;
        for (const Piece& piece : pieces)
            patches = std::copy_n(row + piece.first, piece.count, patches);
    }
}

void ReceptiveFields::scatter_add(const float* patches, int field, Matrix inputs) const {
    const std::vector<Piece>& pieces = pieces_[static_cast<std::size_t>(field)];
    for (int r = 0; r < inputs.rows; ++r) {
        float* row = inputs.data + static_cast<std::ptrdiff_t>(r) * inputs.stride;
        for (const Piece& piece : pieces)
            for (int i = 0; i < piece.count; ++i) row[piece.first + i] += *patches++;
    }
}

void ReceptiveFields::expand(int unit, const float* weights, std::span<float> of_all) const {
    std::fill(of_all.begin(), of_all.end(), 0.0f);
    for (const Piece& piece : pieces_[static_cast<std::size_t>(unit / channels_)]) {
        std::copy_n(weights, piece.count, of_all.data() + piece.first);
        weights += piece.count;
    }
}

void ReceptiveFields::confine(int unit, std::span<const float> of_all, float* weights) const {
    for (const Piece& piece : pieces_[static_cast<std::size_t>(unit / channels_)])
        weights = std::copy_n(of_all.data() + piece.first, piece.count, weights);
}

}  // namespace digit
