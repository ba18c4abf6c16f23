// SPDX-License-Identifier: Apache-2.0
#include "trainer/back_propagation.h"

#include <algorithm>

#include "libdigit/frame.h"
#include "trainer/layer_blocks.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

void add_to_all(Matrix matrix, float value) {
    for (int r = 0; r < matrix.rows; ++r) {
        float* row = matrix.data + static_cast<std::ptrdiff_t>(r) * matrix.stride;
        for (int c = 0; c < matrix.columns; ++c) row[c] += value;
    }
}

}  // namespace

Batch::Batch(int capacity)
    : pixels(static_cast<std::size_t>(capacity) * kInputPixels),
      targets(static_cast<std::size_t>(capacity) * kLane),
      labels(static_cast<std::size_t>(capacity)),
      shown(static_cast<std::size_t>(capacity)) {}

BackPropagation::BackPropagation(const Mlp& mlp, int max_batch, float dropout, float sparsity,
                                 Team& team)
    : dropout_(dropout), sparsity_(sparsity), team_(team) {
    int widest = 0, most_units = 0;
    for (const LayerPlace& place : mlp.places) {
        const auto width = static_cast<std::size_t>(padded(place.outputs));
        const std::size_t floats = width * static_cast<std::size_t>(max_batch);
        Layer& layer = layers_.emplace_back();
        layer.output.assign(floats, 0.0f);
        layer.gradient.assign(floats, 0.0f);
        layer.bias_gradient.assign(width, 0.0f);
        widest = std::max(widest, place.fan_in);
        most_units = std::max(most_units, place.outputs);
        if (!place.normalised) continue;
        layer.normalised.assign(floats, 0.0f);
        layer.mean.assign(width, 0.0f);
        layer.variance.assign(width, 0.0f);
        layer.scale_gradient.assign(width, 0.0f);
        if (mlp.shape.fields_of(layers_.size() - 1) == nullptr) continue;
        for (auto* array : {&layer.own_mean, &layer.own_square, &layer.along, &layer.common})
            array->assign(width, 0.0f);
    }
    // Or a number for each of a layer's units.
    const auto slab = static_cast<std::size_t>(std::max(kSlabRows * widest, most_units));
    const auto ranks = static_cast<std::size_t>(team.size());
    slabs_.assign(ranks, AlignedVector<float>(slab));
    int largest_patch = 0, largest_kernels = 0;
    for (const ReceptiveFields& fields : mlp.shape.fields) {
        const int kernels = fields.channels() * fields.patch();
        kernel_parts_.emplace_back(ranks, AlignedVector<float>(static_cast<std::size_t>(kernels)));
        largest_patch = std::max(largest_patch, fields.patch());
        largest_kernels = std::max(largest_kernels, kernels);
    }
    const auto rows = static_cast<std::size_t>(max_batch);
    patches_.assign(ranks, AlignedVector<float>(rows * static_cast<std::size_t>(largest_patch)));
    kernel_sums_.assign(ranks, AlignedVector<float>(static_cast<std::size_t>(largest_kernels)));
}

Range BackPropagation::own_columns(int rank, int outputs) const {
    return share_of(outputs, rank, team_.size(), kLane);
}

LossSums BackPropagation::step(int rank, const Batch& batch, std::uint64_t noise,
                               const StepPlan& plan, Mlp& mlp, Optimiser& optimiser) {
    forward(rank, batch, mlp, mlp.values.data(), dropout_, noise);
    const LossSums sums = output_gradient(rank, batch, mlp);
    team_.barrier();
    backward(rank, batch, plan, mlp, optimiser);
    return sums;
}

void BackPropagation::forward(int rank, const Batch& batch, const Mlp& mlp, const float* values,
                              float dropout, std::uint64_t noise) {
    ConstMatrix input{batch.pixels.data(), batch.size, kInputPixels, kInputPixels};
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
        const LayerPlace& place = mlp.places[l];
        Layer& layer = layers_[l];
        const Range own = own_columns(rank, place.outputs);
        const Matrix all = block(layer.output, batch.size, place.outputs);
        const Matrix output = all.columns_from(own.begin, own.size());
        const float* bias = values + place.bias + own.begin;
        const auto multiply_into = [&](Matrix product) {
            if (mlp.shape.fields_of(l) != nullptr)
                multiply_fields(rank, static_cast<int>(l), input, values, own, mlp, product);
            else
                multiply_transposed(input, weight_of(place, values, own), product);
        };
        if (place.normalised) {
            const Matrix product = block(layer.normalised, batch.size, place.outputs)
                                       .columns_from(own.begin, own.size());
            multiply_into(product);
            if (const ReceptiveFields* fields = mlp.shape.fields_of(l))
                normalise_channels(static_cast<int>(l), *fields, own, product);
            else
                normalise(product, layer.mean.data() + own.begin,
                          layer.variance.data() + own.begin);
            scale_and_activate(mlp.shape.activation, product, values + place.scale + own.begin,
                               bias, output);
        } else {
            multiply_into(output);
            add_bias_and_activate(mlp.shape.activation, output, bias);
        }
        if (dropout > 0) drop_units(output, dropout, noise + l, own.begin);
        team_.barrier();
        input = all;
    }
}

LossSums BackPropagation::output_gradient(int rank, const Batch& batch, const Mlp& mlp) {
    const LayerPlace& place = mlp.places.back();
    const Range rows = share_of(batch.size, rank, team_.size());
    const Matrix logits = block(layers_.back().gradient, batch.size, place.outputs)
                              .rows_from(rows.begin, rows.size());
    ConstMatrix input{batch.pixels.data(), batch.size, kInputPixels, kInputPixels};
    if (layers_.size() > 1)
        input = block(layers_[layers_.size() - 2].output, batch.size, place.inputs);
    const ConstMatrix own_input{input.data + static_cast<std::ptrdiff_t>(rows.begin) * input.stride,
                                rows.size(), input.columns, input.stride};
    multiply_transposed(own_input, weight_of(place, mlp.values.data(), {0, place.outputs}), logits);
    const float* bias = mlp.values.data() + place.bias;
    for (int r = 0; r < logits.rows; ++r)
        for (int k = 0; k < place.outputs; ++k)
            logits.data[static_cast<std::ptrdiff_t>(r) * logits.stride + k] += bias[k];
    const auto first = static_cast<std::size_t>(rows.begin);
    const ConstMatrix targets{batch.targets.data() + first * kLane, rows.size(), place.outputs,
                              kLane};
    SoftTargets soft;
    if (batch.soft_weight > 0)
        soft = {{batch.soft_targets.data() + first * kLane, rows.size(), place.outputs, kLane},
                batch.temperature,
                batch.soft_weight};
    const auto labels =
        std::span(batch.labels).subspan(first, static_cast<std::size_t>(rows.size()));
    return softmax_cross_entropy(logits, targets, soft, labels, batch.size);
}

// A layer's weights may change once every rank has used them to propagate: after the barrier.
void BackPropagation::backward(int rank, const Batch& batch, const StepPlan& plan, Mlp& mlp,
                               Optimiser& optimiser) {
    for (int l = static_cast<int>(layers_.size()) - 1; l >= mlp.shape.frozen; --l) {
        if (l > mlp.shape.frozen) {
            propagate(rank, l, batch.size, mlp);
            team_.barrier();
        }
        update_layer(rank, l, batch, plan, mlp, optimiser);
    }
}

// The gradient by the layer's inputs, taken back to the products of the layer below.
void BackPropagation::propagate(int rank, int l, int rows, const Mlp& mlp) {
    const LayerPlace& place = mlp.places[static_cast<std::size_t>(l)];
    const LayerPlace& below_place = mlp.places[static_cast<std::size_t>(l) - 1];
    Layer& below = layers_[static_cast<std::size_t>(l) - 1];
    const Range own = own_columns(rank, place.inputs);
    const Matrix result =
        block(below.gradient, rows, place.inputs).columns_from(own.begin, own.size());
    if (mlp.shape.fields_of(static_cast<std::size_t>(l)) != nullptr) {
        propagate_fields(rank, l, rows, mlp);
        team_.barrier();
    } else {
        const Matrix gradient =
            block(layers_[static_cast<std::size_t>(l)].gradient, rows, place.outputs);
        const ConstMatrix weight{mlp.values.data() + place.weight + own.begin, place.outputs,
                                 own.size(), place.inputs};
        multiply(gradient, weight, result);
    }
    const bool is_sparse =
        l == 1 || mlp.shape.fields_of(static_cast<std::size_t>(l) - 1) != nullptr;
    if (sparsity_ > 0 && is_sparse && layers_.size() > 2 &&
        mlp.shape.activation == Activation::kRelu)
        add_to_all(result, sparsity_ / static_cast<float>(rows) / static_cast<float>(place.inputs));
    const Matrix output =
        block(below.output, rows, place.inputs).columns_from(own.begin, own.size());
    activation_backward(mlp.shape.activation, output, 1 / (1 - dropout_), result);
    if (below_place.normalised) {
        const Matrix normalised =
            block(below.normalised, rows, place.inputs).columns_from(own.begin, own.size());
        const float* scales = mlp.values.data() + below_place.scale;
        if (const ReceptiveFields* fields = mlp.shape.fields_of(static_cast<std::size_t>(l) - 1))
            normalise_channels_backward(l - 1, *fields, own, normalised, scales, result);
        else
            normalise_backward(normalised, below.variance.data() + own.begin, scales + own.begin,
                               result, below.scale_gradient.data() + own.begin,
                               below.bias_gradient.data() + own.begin);
    } else {
        column_sums(result, below.bias_gradient.data() + own.begin);
    }
}

void BackPropagation::update_layer(int rank, int l, const Batch& batch, const StepPlan& plan,
                                   Mlp& mlp, Optimiser& optimiser) {
    const LayerPlace& place = mlp.places[static_cast<std::size_t>(l)];
    Layer& layer = layers_[static_cast<std::size_t>(l)];
    const bool last = l + 1 == static_cast<int>(layers_.size());
    // The output layer is narrower than a lane for every rank.
    const Range own =
        last ? share_of(place.outputs, rank, team_.size()) : own_columns(rank, place.outputs);
    const Matrix gradient = block(layer.gradient, batch.size, place.outputs);
    const ConstMatrix input =
        l == 0 ? ConstMatrix{batch.pixels.data(), batch.size, kInputPixels, kInputPixels}
               : ConstMatrix(block(layers_[static_cast<std::size_t>(l) - 1].output, batch.size,
                                   place.inputs));
    if (mlp.shape.fields_of(static_cast<std::size_t>(l)) != nullptr)
        update_fields(rank, l, own, gradient, input, plan, mlp, optimiser);
    else
        optimiser.update_by_product(plan, gradient.columns_from(own.begin, own.size()), input,
                                    place.weight + static_cast<std::size_t>(own.begin) *
                                                       static_cast<std::size_t>(place.inputs),
                                    slabs_[static_cast<std::size_t>(rank)].data(), kSlabRows,
                                    mlp.values);
    if (last) {
        if (rank == 0) update_output_bias(gradient, plan, mlp, optimiser);
        return;
    }
    const auto first = static_cast<std::size_t>(own.begin);
    const auto count = static_cast<std::size_t>(own.size());
    const ReceptiveFields* alike =
        plan.shared_fields ? mlp.shape.fields_of(static_cast<std::size_t>(l)) : nullptr;
    const auto update = [&](const AlignedVector<float>& by_units, std::size_t offset) {
        const float* by_own = by_units.data() + first;
        float* means = slabs_[static_cast<std::size_t>(rank)].data();
        if (alike != nullptr) {
            alike->channel_means(by_units.data(), own, means);
            by_own = means;
        }
        optimiser.update(plan, by_own, offset + first, count, false, mlp.values);
    };
    update(layer.bias_gradient, place.bias);
    if (place.normalised) update(layer.scale_gradient, place.scale);
}

void BackPropagation::update_output_bias(ConstMatrix gradient, const StepPlan& plan, Mlp& mlp,
                                         Optimiser& optimiser) {
    AlignedVector<float>& sums = layers_.back().bias_gradient;
    column_sums(gradient, sums.data());
    const LayerPlace& place = mlp.places.back();
    optimiser.update(plan, sums.data(), place.bias, static_cast<std::size_t>(place.outputs), false,
                     mlp.values);
}

void BackPropagation::measure(int rank, const Batch& batch, const Mlp& mlp,
                              const AlignedVector<float>& values, float weight,
                              NormStatistics& statistics) {
    forward(rank, batch, mlp, values.data(), 0, 0);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        if (!mlp.places[l].normalised) continue;
        const Range own = own_columns(rank, mlp.places[l].outputs);
        for (int c = own.begin; c < own.end; ++c) {
            const auto at = static_cast<std::size_t>(c);
            statistics.mean[l][at] += weight * layers_[l].mean[at];
            statistics.variance[l][at] += weight * layers_[l].variance[at];
        }
    }
}

}  // namespace digit
