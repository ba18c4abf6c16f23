// SPDX-License-Identifier: Apache-2.0
#include "trainer/receptive_fields.h"

#include <algorithm>
#include <cstddef>

#include "libdigit/frame.h"

namespace digit {

ReceptiveFields::ReceptiveFields(const ReceptiveField& field, int units)
    : channels_(units / field.fields()) {
    for (int f = 0; f < field.fields(); ++f)
        origins_.push_back(field.top(f) * kInputEdge + field.left(f));
    for (int y = 0; y < field.size; ++y)
        for (int x = 0; x < field.size; ++x) first_.push_back(y * kInputEdge + x);
}

void ReceptiveFields::confine(Range units, float* rows) const {
    std::vector<float> kept(first_.size());
    for (int unit = units.begin; unit < units.end; ++unit, rows += kInputPixels) {
        float* field = rows + origin_of(unit);
        for (std::size_t i = 0; i < first_.size(); ++i) kept[i] = field[first_[i]];
        std::fill_n(rows, kInputPixels, 0.0f);
        for (std::size_t i = 0; i < first_.size(); ++i) field[first_[i]] = kept[i];
    }
}

void ReceptiveFields::add_means(Range units, const float* rows, std::span<float> kernels) const {
    const float part = 1 / static_cast<float>(origins_.size());
    for (int unit = units.begin; unit < units.end; ++unit, rows += kInputPixels) {
        const float* field = rows + origin_of(unit);
        float* kernel = kernels.data() + unit % channels_ * pixels();
        for (std::size_t i = 0; i < first_.size(); ++i) kernel[i] += part * field[first_[i]];
    }
}

void ReceptiveFields::spread(Range units, std::span<const float> kernels, float* rows) const {
    for (int unit = units.begin; unit < units.end; ++unit, rows += kInputPixels) {
        float* field = rows + origin_of(unit);
        const float* kernel = kernels.data() + unit % channels_ * pixels();
        std::fill_n(rows, kInputPixels, 0.0f);
        for (std::size_t i = 0; i < first_.size(); ++i) field[first_[i]] = kernel[i];
    }
}

}  // namespace digit
