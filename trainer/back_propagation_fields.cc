// SPDX-License-Identifier: Apache-2.0
// What is different in layers whose units see receptive fields.
#include <algorithm>
#include <vector>

#include "trainer/back_propagation.h"
#include "trainer/layer_blocks.h"
#include "trainer/vector_ops.h"

namespace digit {

// product: the own columns of the layer's units.
void BackPropagation::multiply_fields(int rank, int l, ConstMatrix input, const float* values,
                                      Range own, const Mlp& mlp, Matrix product) {
    const LayerPlace& place = mlp.places[static_cast<std::size_t>(l)];
    const ReceptiveFields& fields = *mlp.shape.fields_of(static_cast<std::size_t>(l));
    float* patches = patches_[static_cast<std::size_t>(rank)].data();
    for (const ReceptiveFields::Part& part : fields.parts_of(own)) {
        fields.gather(input, part.field, patches);
        multiply_transposed({patches, input.rows, fields.patch(), fields.patch()},
                            weight_of(place, values, part.units),
                            product.columns_from(part.units.begin - own.begin, part.units.size()));
    }
}

// By mean and variance over a channel's units in all fields, as in a convolution: where a field
// lies on paper that is nearly always blank, its own would make noise of what is left.
// product: the rank's own columns.
void BackPropagation::normalise_channels(int l, const ReceptiveFields& fields, Range own,
                                         Matrix product) {
    Layer& layer = layers_[static_cast<std::size_t>(l)];
    float* means = layer.own_mean.data() + own.begin;
    float* squares = layer.own_square.data() + own.begin;
    moments(product, means, squares);
    for (int i = 0; i < own.size(); ++i) squares[i] += means[i] * means[i];
    team_.barrier();
    float* mean = layer.mean.data() + own.begin;
    float* variance = layer.variance.data() + own.begin;
    fields.channel_means(layer.own_mean.data(), own, mean);
    fields.channel_means(layer.own_square.data(), own, variance);
    for (int i = 0; i < own.size(); ++i)
        variance[i] = std::max(0.0f, variance[i] - mean[i] * mean[i]);
    normalise_by(mean, variance, product);
}

// scales: of all units. normalised, result: the rank's own columns.
void BackPropagation::normalise_channels_backward(int l, const ReceptiveFields& fields, Range own,
                                                  ConstMatrix normalised, const float* scales,
                                                  Matrix result) {
    Layer& layer = layers_[static_cast<std::size_t>(l)];
    float* scale_gradient = layer.scale_gradient.data() + own.begin;
    float* bias_gradient = layer.bias_gradient.data() + own.begin;
    normalise_sums(normalised, result, scale_gradient, bias_gradient);
    // Of the products, each unit's.
    float* along = layer.own_mean.data() + own.begin;
    float* common = layer.own_square.data() + own.begin;
    for (int i = 0; i < own.size(); ++i) {
        const float factor = scales[own.begin + i] / static_cast<float>(result.rows);
        along[i] = factor * scale_gradient[i];
        common[i] = factor * bias_gradient[i];
    }
    team_.barrier();
    fields.channel_means(layer.own_mean.data(), own, layer.along.data() + own.begin);
    fields.channel_means(layer.own_square.data(), own, layer.common.data() + own.begin);
    normalise_backward_by(normalised, layer.variance.data() + own.begin, scales + own.begin,
                          layer.along.data() + own.begin, layer.common.data() + own.begin, result);
}

// The gradient by the layer's inputs, of the rank's share of the batch: fields overlap, so that
// columns cannot be shared out.
void BackPropagation::propagate_fields(int rank, int l, int rows, const Mlp& mlp) {
    const LayerPlace& place = mlp.places[static_cast<std::size_t>(l)];
    const ReceptiveFields& fields = *mlp.shape.fields_of(static_cast<std::size_t>(l));
    const Range own = share_of(rows, rank, team_.size());
    const Matrix gradient =
        block(layers_[static_cast<std::size_t>(l)].gradient, rows, place.outputs)
            .rows_from(own.begin, own.size());
    const Matrix result =
        block(layers_[static_cast<std::size_t>(l) - 1].gradient, rows, place.inputs)
            .rows_from(own.begin, own.size());
    std::fill_n(result.data, static_cast<std::ptrdiff_t>(result.rows) * result.stride, 0.0f);
    float* patches = patches_[static_cast<std::size_t>(rank)].data();
    for (const ReceptiveFields::Part& part : fields.parts_of({0, place.outputs})) {
        multiply(gradient.columns_from(part.units.begin, part.units.size()),
                 weight_of(place, mlp.values.data(), part.units),
                 {patches, own.size(), fields.patch(), fields.patch()});
        fields.scatter_add(patches, part.field, result);
    }
}

// A layer's weights within its fields. As long as they are shared, all of a channel take the same
// step, by their gradients' mean; so they stay alike, and so do the optimiser's states of them.
void BackPropagation::update_fields(int rank, int l, Range own, ConstMatrix gradient,
                                    ConstMatrix input, const StepPlan& plan, Mlp& mlp,
                                    Optimiser& optimiser) {
    const LayerPlace& place = mlp.places[static_cast<std::size_t>(l)];
    const ReceptiveFields& fields = *mlp.shape.fields_of(static_cast<std::size_t>(l));
    const int patch = fields.patch();
    float* patches = patches_[static_cast<std::size_t>(rank)].data();
    const auto update = [&](const ReceptiveFields::Part& part, const float* by_weights) {
        optimiser.update(
            plan, by_weights,
            place.weight +
                static_cast<std::size_t>(part.units.begin) * static_cast<std::size_t>(patch),
            static_cast<std::size_t>(part.units.size()) * static_cast<std::size_t>(patch), true,
            mlp.values);
    };
    // result = alpha × the gradient by the part's weights + beta × result
    const auto differentiate = [&](const ReceptiveFields::Part& part, float alpha, float beta,
                                   float* result) {
        const ConstMatrix columns{gradient.data + part.units.begin, gradient.rows,
                                  part.units.size(), gradient.stride};
        fields.gather(input, part.field, patches);
        transposed_multiply(alpha, columns, {patches, input.rows, patch, patch}, beta,
                            {result, part.units.size(), patch, patch});
    };
    const std::vector<ReceptiveFields::Part> parts = fields.parts_of(own);
    if (!plan.shared_fields) {
        // At most kSlabRows of a slab's rows: a field has fewer units or is cut.
        float* slab = slabs_[static_cast<std::size_t>(rank)].data();
        for (ReceptiveFields::Part part : parts)
            for (const int end = part.units.end; part.units.begin < end;) {
                part.units.end = std::min(end, part.units.begin + kSlabRows);
                differentiate(part, 1, 0, slab);
                update(part, slab);
                part.units.begin = part.units.end;
            }
        return;
    }
    std::vector<AlignedVector<float>>& of_ranks = kernel_parts_[static_cast<std::size_t>(l)];
    AlignedVector<float>& mine = of_ranks[static_cast<std::size_t>(rank)];
    std::fill(mine.begin(), mine.end(), 0.0f);
    for (const ReceptiveFields::Part& part : parts)
        differentiate(part, 1 / static_cast<float>(fields.fields()), 1,
                      mine.data() + static_cast<std::ptrdiff_t>(part.first_channel) * patch);
    // The parts are written anew after the next step's barriers, so they may be read until then.
    team_.barrier();
    AlignedVector<float>& sum = kernel_sums_[static_cast<std::size_t>(rank)];
    std::copy(of_ranks.front().begin(), of_ranks.front().end(), sum.begin());
    for (std::size_t other = 1; other < of_ranks.size(); ++other)
        scale_and_add(1, of_ranks[other].data(), of_ranks[other].size(), sum.data());
    for (const ReceptiveFields::Part& part : parts)
        update(part, sum.data() + static_cast<std::ptrdiff_t>(part.first_channel) * patch);
}

}  // namespace digit
