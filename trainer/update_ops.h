// SPDX-License-Identifier: Apache-2.0
// What an optimiser does to parameters, vectorised; the vector unit is chosen at run time.
#pragma once

#include <cstddef>

namespace digit {

// velocity += decay · w; w -= rate · velocity. The velocity is momentum times the last one, plus
// the gradient. Source: Sutskever et al. 2013, as PyTorch's SGD.
struct SgdStep {
    float rate = 0;
    float momentum = 0;
    float decay = 0;
};
void sgd_update(const SgdStep& step, std::size_t count, float* w, float* velocity);

// a = factor · a + b.
void scale_and_add(float factor, const float* b, std::size_t count, float* a);

// Source: Loshchilov and Hutter 2019, algorithm 2; the bias corrections are in the first two.
struct AdamStep {
    float rate = 0;          // rate / (1 - beta1^t)
    float second_scale = 1;  // 1 / (1 - beta2^t)
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    float shrink = 0;  // rate · decay, taken from w beforehand
};
void adamw_update(const AdamStep& step, const float* gradient, std::size_t count, float* w,
                  float* first, float* second);

// average += (w - average) · (1 - keep).
void average_update(float keep, const float* w, std::size_t count, float* average);

}  // namespace digit
