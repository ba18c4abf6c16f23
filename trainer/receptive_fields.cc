// SPDX-License-Identifier: Apache-2.0
#include "trainer/receptive_fields.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "libdigit/frame.h"

namespace digit {

namespace {

int fields_a_side(const ReceptiveFieldSettings& settings) {
    return (kInputEdge - settings.size) / settings.stride + 1;
}

}  // namespace

bool parse_receptive_field(std::string_view text, ReceptiveFieldSettings& settings) {
    const char* end = text.data() + text.size();
    int size = 0, stride = 0;
    const auto [comma, wrong] = std::from_chars(text.data(), end, size);
    if (wrong != std::errc() || comma == end || *comma != ',') return false;
    const auto [rest, wrong_too] = std::from_chars(comma + 1, end, stride);
    if (wrong_too != std::errc() || rest != end) return false;
    if (size < 0 || size > kInputEdge || stride < 1 || stride > kInputEdge) return false;
    settings.size = size;
    settings.stride = stride;
    return true;
}

std::string receptive_field_text(const ReceptiveFieldSettings& settings) {
    return std::to_string(settings.size) + "," + std::to_string(settings.stride);
}

int ReceptiveFields::fields(const ReceptiveFieldSettings& settings) {
    return fields_a_side(settings) * fields_a_side(settings);
}

ReceptiveFields::ReceptiveFields(const ReceptiveFieldSettings& settings, int units)
    : channels_(units / fields(settings)) {
    const int side = fields_a_side(settings);
    const int margin = (kInputEdge - settings.size - (side - 1) * settings.stride) / 2;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            origins_.push_back((margin + y * settings.stride) * kInputEdge + margin +
                               x * settings.stride);
    for (int y = 0; y < settings.size; ++y)
        for (int x = 0; x < settings.size; ++x) first_.push_back(y * kInputEdge + x);
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
