// SPDX-License-Identifier: Apache-2.0
#include "trainer/conv_learner.h"

#include <algorithm>

#include "libdigit/frame.h"
#include "trainer/conv_ops.h"
#include "trainer/convolve.h"
#include "trainer/vector_ops.h"

namespace digit {

namespace {

std::size_t product(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

// One of many pictures that lie behind each other.
template <class Vector>
auto* picture_of(Vector& all, int picture, std::size_t floats) {
    return all.data() + static_cast<std::size_t>(picture) * floats;
}

// A stage's backward convolution: outputs become inputs and the kernel is turned by half.
void turn(const float* weight, const ConvPlace& place, float* turned) {
    const auto in = static_cast<std::size_t>(place.inputs);
    const auto out = static_cast<std::size_t>(place.outputs);
    for (std::size_t k = 0; k < 9; ++k)
        for (std::size_t o = 0; o < out; ++o)
            std::copy_n(weight + (o * 9 + (8 - k)) * in, in, turned + (k * out + o) * in);
}

}  // namespace

ConvLearner::ConvLearner(const Settings& settings, int max_batch, Team& team)
    : net_({settings.conv.shape}), team_(team) {
    net_.initialise(settings.seed);
    const int pictures = (max_batch + team.size() - 1) / team.size();
    const auto all = static_cast<std::size_t>(pictures);
    std::size_t bordered = 0, kernel = 0, widest = 0;
    for (const ConvPlace& p : net_.places) {
        bordered = std::max(bordered, bordered_floats(p.edge, p.outputs));
        kernel = std::max(kernel, product(p.outputs, p.patch()));
        widest = std::max(widest, product(p.pixels(), std::max(p.inputs, p.outputs)));
    }
    for (int r = 0; r < team.size(); ++r) {
        Rank& own = ranks_.emplace_back();
        for (const ConvPlace& p : net_.places) {
            Kept& kept = own.stages.emplace_back();
            kept.input.assign(all * bordered_floats(p.edge, p.inputs), 0.0f);
            kept.normalised.assign(all * product(p.pixels(), p.outputs), 0.0f);
            kept.output.assign(kept.normalised.size(), 0.0f);
            kept.mean.assign(static_cast<std::size_t>(p.outputs), 0.0f);
            kept.variance.assign(static_cast<std::size_t>(p.outputs), 0.0f);
        }
        own.flat.assign(all * static_cast<std::size_t>(net_.dense.inputs), 0.0f);
        own.logits.assign(all * kLane, 0.0f);
        own.kernel.assign(kernel, 0.0f);
        own.bordered.assign(bordered, 0.0f);
        own.gradient.assign(all * widest, 0.0f);
        own.product_gradient.assign(all * widest, 0.0f);
        own.sums.assign(net_.values.size(), 0.0f);
    }
}

LossSums ConvLearner::step(int rank, const Batch& batch, std::uint64_t, const StepPlan& plan,
                           Optimiser& optimiser) {
    const Range rows = share_of(batch.size, rank, team_.size());
    Rank& own = ranks_[static_cast<std::size_t>(rank)];
    forward(own, batch, rows, net_.values.data());
    const LossSums sums = logits_and_loss(own, batch, rows);
    backward(own, rows.size());
    team_.barrier();
    update(rank, plan, optimiser);
    // The next step may read the parameters once every rank has updated its own.
    team_.barrier();
    return sums;
}

void ConvLearner::forward(Rank& own, const Batch& batch, Range rows, const float* values) {
    const int pictures = rows.size();
    for (int i = 0; i < pictures; ++i)
        put_into_border(batch.pixels.data() + product(rows.begin + i, kInputPixels), kInputEdge, 1,
                        picture_of(own.stages[0].input, i, bordered_floats(kInputEdge, 1)));
    for (std::size_t s = 0; s < net_.places.size(); ++s) {
        const ConvPlace& p = net_.places[s];
        Kept& kept = own.stages[s];
        const std::size_t floats = product(p.pixels(), p.outputs);
        transpose(values + p.weight, p.outputs, p.patch(), own.kernel.data());
        for (int i = 0; i < pictures; ++i)
            convolve(picture_of(kept.input, i, bordered_floats(p.edge, p.inputs)), p.size(),
                     own.kernel.data(), picture_of(kept.normalised, i, floats));
        const Matrix all{kept.normalised.data(), pictures * p.pixels(), p.outputs, p.outputs};
        normalise(all, kept.mean.data(), kept.variance.data());
        scale_and_activate(Activation::kRelu, all, values + p.scale, values + p.shift,
                           {kept.output.data(), all.rows, all.columns, all.stride});
        for (int i = 0; i < pictures; ++i) pass_on(kept, p, i, own, s + 1);
    }
}

// A stage's output to where the next one takes it from.
void ConvLearner::pass_on(const Kept& kept, const ConvPlace& p, int picture, Rank& own,
                          std::size_t next) const {
    const int edge = p.edge_out();
    const std::size_t floats = product(edge * edge, p.outputs);
    const float* output = picture_of(kept.output, picture, product(p.pixels(), p.outputs));
    const bool last = next == net_.places.size();
    float* to = last ? picture_of(own.flat, picture, floats) : own.gradient.data();
    if (p.pooled) {
        pool(output, p.edge, p.outputs, to);
        output = to;
    } else if (last) {
        std::copy_n(output, floats, to);
    }
    if (!last)
        put_into_border(
            output, edge, p.outputs,
            picture_of(own.stages[next].input, picture, bordered_floats(edge, p.outputs)));
}

LossSums ConvLearner::logits_and_loss(Rank& own, const Batch& batch, Range rows) const {
    const DensePlace& dense = net_.dense;
    const Matrix logits{own.logits.data(), rows.size(), kDigits, kLane};
    multiply_transposed({own.flat.data(), rows.size(), dense.inputs, dense.inputs},
                        {net_.values.data() + dense.weight, kDigits, dense.inputs, dense.inputs},
                        logits);
    for (int r = 0; r < logits.rows; ++r)
        for (int k = 0; k < kDigits; ++k)
            logits.data[r * kLane + k] += net_.values[dense.bias + static_cast<std::size_t>(k)];
    const auto first = static_cast<std::size_t>(rows.begin);
    const auto labels =
        std::span(batch.labels).subspan(first, static_cast<std::size_t>(rows.size()));
    return softmax_cross_entropy(
        logits, {batch.targets.data() + first * kLane, rows.size(), kDigits, kLane}, {}, labels,
        batch.size);
}

void ConvLearner::backward(Rank& own, int pictures) {
    const DensePlace& dense = net_.dense;
    const ConstMatrix gradient{own.logits.data(), pictures, kDigits, kLane};
    transposed_multiply(1, gradient, {own.flat.data(), pictures, dense.inputs, dense.inputs}, 0,
                        {own.sums.data() + dense.weight, kDigits, dense.inputs, dense.inputs});
    column_sums(gradient, own.sums.data() + dense.bias);
    multiply(gradient, {net_.values.data() + dense.weight, kDigits, dense.inputs, dense.inputs},
             {own.gradient.data(), pictures, dense.inputs, dense.inputs});
    for (std::size_t s = net_.places.size(); s-- > 0;) stage_backward(own, s, pictures);
}

// From own.gradient, by what comes out of the stage, to own.gradient by what went into it.
void ConvLearner::stage_backward(Rank& own, std::size_t stage, int pictures) {
    const ConvPlace& p = net_.places[stage];
    const Kept& kept = own.stages[stage];
    const std::size_t floats = product(p.pixels(), p.outputs);
    const std::size_t floats_out = product(p.edge_out() * p.edge_out(), p.outputs);
    const Matrix d{own.product_gradient.data(), pictures * p.pixels(), p.outputs, p.outputs};
    if (p.pooled) {
        for (int i = 0; i < pictures; ++i)
            pool_backward(picture_of(kept.output, i, floats),
                          picture_of(own.gradient, i, floats_out), p.edge, p.outputs,
                          picture_of(own.product_gradient, i, floats));
    } else {
        std::copy_n(own.gradient.data(), floats * static_cast<std::size_t>(pictures), d.data);
        activation_backward(Activation::kRelu, {kept.output.data(), d.rows, d.columns, d.stride}, 1,
                            d);
    }
    normalise_backward({kept.normalised.data(), d.rows, d.columns, d.stride}, kept.variance.data(),
                       net_.values.data() + p.scale, d, own.sums.data() + p.scale,
                       own.sums.data() + p.shift);
    std::fill_n(own.kernel.data(), product(p.outputs, p.patch()), 0.0f);
    for (int i = 0; i < pictures; ++i)
        convolve_gradient(picture_of(kept.input, i, bordered_floats(p.edge, p.inputs)), p.size(),
                          picture_of(own.product_gradient, i, floats), own.kernel.data());
    transpose(own.kernel.data(), p.patch(), p.outputs, own.sums.data() + p.weight);
    if (stage > 0) input_gradient(own, p, pictures);
}

void ConvLearner::input_gradient(Rank& own, const ConvPlace& p, int pictures) {
    turn(net_.values.data() + p.weight, p, own.kernel.data());
    // The border of the last stage that used it, with another edge, may lie elsewhere.
    std::fill_n(own.bordered.data(), bordered_floats(p.edge, p.outputs), 0.0f);
    for (int i = 0; i < pictures; ++i) {
        put_into_border(picture_of(own.product_gradient, i, product(p.pixels(), p.outputs)), p.edge,
                        p.outputs, own.bordered.data());
        convolve(own.bordered.data(), {p.edge, p.outputs, p.inputs}, own.kernel.data(),
                 picture_of(own.gradient, i, product(p.pixels(), p.inputs)));
    }
}

// Each rank adds up and uses a part of every gradient.
void ConvLearner::update(int rank, const StepPlan& plan, Optimiser& optimiser) {
    float* sums = ranks_[0].sums.data();
    const auto part = [&](std::size_t offset, std::size_t count, bool decays) {
        const Range own = share_of(static_cast<int>(count), rank, team_.size(), kLane);
        const std::size_t begin = offset + static_cast<std::size_t>(own.begin);
        const auto floats = static_cast<std::size_t>(own.size());
        for (std::size_t r = 1; r < ranks_.size(); ++r)
            scale_and_add(1, ranks_[r].sums.data() + begin, floats, sums + begin);
        optimiser.update(plan, sums + begin, begin, floats, decays, net_.values);
    };
    for (const ConvPlace& p : net_.places) {
        part(p.weight, product(p.outputs, p.patch()), true);
        part(p.shift, static_cast<std::size_t>(p.outputs), false);
        part(p.scale, static_cast<std::size_t>(p.outputs), false);
    }
    part(net_.dense.weight, product(kDigits, net_.dense.inputs), true);
    part(net_.dense.bias, kLane, false);
}

void ConvLearner::measure(int rank, const Batch& batch, const AlignedVector<float>& values,
                          float weight, Statistics& statistics) {
    const Range rows = share_of(batch.size, rank, team_.size());
    forward(ranks_[static_cast<std::size_t>(rank)], batch, rows, values.data());
    team_.barrier();
    if (rank == 0)
        for (const Rank& own : ranks_)
            for (std::size_t s = 0; s < net_.places.size(); ++s) {
                const float part = weight / static_cast<float>(ranks_.size());
                for (std::size_t c = 0; c < own.stages[s].mean.size(); ++c) {
                    statistics.mean[s][c] += part * own.stages[s].mean[c];
                    statistics.variance[s][c] += part * own.stages[s].variance[c];
                }
            }
    team_.barrier();
}

}  // namespace digit
