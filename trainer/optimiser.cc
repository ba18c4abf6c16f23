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

void Optimiser::update(const StepPlan& plan, const float* gradient, std::size_t offset,
                       std::size_t count, bool decays, AlignedVector<float>& parameters) {
    float* w = parameters.data() + offset;
    if (settings_.kind == OptimiserKind::kSgd) {
        SgdStep step = plan.sgd;
        if (!decays) step.decay = 0;
        sgd_update(step, gradient, count, w, state_.first.data() + offset);
    } else {
        AdamStep step = plan.adam;
        if (!decays) step.shrink = 0;
        adamw_update(step, gradient, count, w, state_.first.data() + offset,
                     state_.second.data() + offset);
    }
    if (!state_.average.empty())
        average_update(plan.average_keep, w, count, state_.average.data() + offset);
}

void Optimiser::begin_average(const AlignedVector<float>& parameters) {
    if (settings_.average_keep > 0) state_.average = parameters;
}

const AlignedVector<float>& Optimiser::published(const AlignedVector<float>& parameters) const {
    return state_.average.empty() ? parameters : state_.average;
}

}  // namespace digit
