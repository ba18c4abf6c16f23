// SPDX-License-Identifier: Apache-2.0
#include "trainer/optimiser.h"

#include <algorithm>
#include <cmath>

namespace digit {

Optimiser::Optimiser(const OptimiserSettings& settings, std::size_t parameters)
    : settings_(settings) {
    state_.first.assign(parameters, 0.0f);
    if (settings_.kind == OptimiserKind::kAdamW) state_.second.assign(parameters, 0.0f);
}

StepPlan Optimiser::plan(std::int64_t step, float rate) const {
    StepPlan plan;
    plan.sgd = {rate, settings_.momentum, settings_.weight_decay};
    const double t = static_cast<double>(step) + 1;
    plan.adam.beta1 = settings_.momentum;
    plan.adam.beta2 = settings_.beta2;
    plan.adam.rate = static_cast<float>(rate / (1 - std::pow(settings_.momentum, t)));
    plan.adam.second_scale = static_cast<float>(1 / (1 - std::pow(settings_.beta2, t)));
    plan.adam.shrink = rate * settings_.weight_decay;
    // An average that starts at random weights must forget them first.
    if (settings_.average_keep > 0)
        plan.average_keep =
            static_cast<float>(std::min<double>(settings_.average_keep, (1 + t) / (10 + t)));
    return plan;
}

void Optimiser::update_by_product(const StepPlan& plan, ConstMatrix d, ConstMatrix a,
                                  std::size_t offset, float* slab, int slab_rows,
                                  AlignedVector<float>& parameters) {
    const int rows = d.columns;
    const auto row_floats = static_cast<std::size_t>(a.columns);
    const std::size_t count = static_cast<std::size_t>(rows) * row_floats;
    float* w = parameters.data() + offset;
    float* first = state_.first.data() + offset;
    if (settings_.kind == OptimiserKind::kSgd && plan.sgd.momentum == 0) {
        transposed_multiply(-plan.sgd.rate, d, a, 1 - plan.sgd.rate * plan.sgd.decay,
                            {w, rows, a.columns, a.columns});
    } else if (settings_.kind == OptimiserKind::kSgd) {
        transposed_multiply(1, d, a, plan.sgd.momentum, {first, rows, a.columns, a.columns});
        sgd_update(plan.sgd, count, w, first);
    } else {
        for (int row = 0; row < rows; row += slab_rows) {
            const int some = std::min(slab_rows, rows - row);
            const ConstMatrix part{d.data + row, d.rows, some, d.stride};
            transposed_multiply(1, part, a, 0, {slab, some, a.columns, a.columns});
            const std::size_t at = static_cast<std::size_t>(row) * row_floats;
            adamw_update(plan.adam, slab, static_cast<std::size_t>(some) * row_floats, w + at,
                         first + at, state_.second.data() + offset + at);
        }
    }
    add_to_average(plan, offset, count, parameters);
}

void Optimiser::update(const StepPlan& plan, const float* gradient, std::size_t offset,
                       std::size_t count, bool decays, AlignedVector<float>& parameters) {
    float* w = parameters.data() + offset;
    float* first = state_.first.data() + offset;
    if (settings_.kind == OptimiserKind::kSgd) {
        SgdStep step = plan.sgd;
        if (!decays) step.decay = 0;
        scale_and_add(step.momentum, gradient, count, first);
        sgd_update(step, count, w, first);
    } else {
        AdamStep step = plan.adam;
        if (!decays) step.shrink = 0;
        adamw_update(step, gradient, count, w, first, state_.second.data() + offset);
    }
    add_to_average(plan, offset, count, parameters);
}

void Optimiser::add_to_average(const StepPlan& plan, std::size_t offset, std::size_t count,
                               const AlignedVector<float>& parameters) {
    if (state_.average.empty()) return;
    average_update(plan.average_keep, parameters.data() + offset, count,
                   state_.average.data() + offset);
}

void Optimiser::begin_average(const AlignedVector<float>& parameters) {
    if (settings_.average_keep > 0) state_.average = parameters;
}

const AlignedVector<float>& Optimiser::published(const AlignedVector<float>& parameters) const {
    return state_.average.empty() ? parameters : state_.average;
}

}  // namespace digit
