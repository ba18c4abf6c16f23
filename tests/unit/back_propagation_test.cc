// SPDX-License-Identifier: Apache-2.0
#include "trainer/back_propagation.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "trainer/random.h"
#include "trainer/vector_ops.h"

namespace digit {
namespace {

// In the order of the unit's weights.
std::vector<int> inputs_of(const LayerPlace& place, const ReceptiveFields* fields, int unit) {
    std::vector<int> inputs(static_cast<std::size_t>(place.fan_in));
    std::iota(inputs.begin(), inputs.end(), 0);
    if (fields == nullptr) return inputs;
    const std::vector<float> numbers(inputs.begin(), inputs.end());
    std::vector<float> of_all(static_cast<std::size_t>(place.inputs), -1.0f);
    fields->expand(unit, numbers.data(), of_all);
    for (std::size_t i = 0; i < of_all.size(); ++i)  // what is not seen has number 0 as well
        if (of_all[i] > 0) inputs[static_cast<std::size_t>(of_all[i])] = static_cast<int>(i);
    std::vector<float> one(numbers.size());
    one.front() = 1;
    fields->expand(unit, one.data(), of_all);
    inputs.front() =
        static_cast<int>(std::find(of_all.begin(), of_all.end(), 1.0f) - of_all.begin());
    return inputs;
}

// The mean loss over a batch in plain loops and double precision.
double plain_loss(const Mlp& mlp, const std::vector<double>& values, const Batch& batch,
                  double sparsity = 0) {
    const auto rows = static_cast<std::size_t>(batch.size);
    double penalty = 0;
    std::vector<std::vector<double>> input(rows);
    for (std::size_t r = 0; r < rows; ++r)
        input[r].assign(batch.pixels.begin() + static_cast<std::ptrdiff_t>(r * 784),
                        batch.pixels.begin() + static_cast<std::ptrdiff_t>(r * 784 + 784));
    for (std::size_t l = 0; l < mlp.places.size(); ++l) {
        const LayerPlace& place = mlp.places[l];
        const auto outputs = static_cast<std::size_t>(place.outputs);
        std::vector<std::vector<double>> output(rows, std::vector<double>(outputs));
        const ReceptiveFields* fields = mlp.shape.fields_of(l);
        for (std::size_t o = 0; o < outputs; ++o) {
            const double* weight =
                values.data() + place.weight + o * static_cast<std::size_t>(place.fan_in);
            const std::vector<int> seen = inputs_of(place, fields, static_cast<int>(o));
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t i = 0; i < seen.size(); ++i)
                    output[r][o] += weight[i] * input[r][static_cast<std::size_t>(seen[i])];
        }
        const std::vector<std::vector<double>> sums = output;
        for (std::size_t o = 0; o < outputs; ++o) {
            // Of all units that are normalised by the same.
            const std::size_t step =
                fields != nullptr ? static_cast<std::size_t>(fields->channels()) : outputs;
            double count = 0, mean = 0, variance = 0;
            for (std::size_t u = o % step; u < outputs; u += step)
                for (std::size_t r = 0; r < rows; ++r, ++count) mean += sums[r][u];
            mean /= count;
            for (std::size_t u = o % step; u < outputs; u += step)
                for (std::size_t r = 0; r < rows; ++r) variance += std::pow(sums[r][u] - mean, 2);
            variance /= count;
            for (std::size_t r = 0; r < rows; ++r) {
                double& z = output[r][o];
                if (place.normalised)
                    z = (z - mean) / std::sqrt(variance + static_cast<double>(kNormEpsilon)) *
                        values[place.scale + o];
                z += values[place.bias + o];
                if (l + 1 == mlp.places.size()) continue;
                z = mlp.shape.activation == Activation::kRelu ? std::max(z, 0.0) : std::tanh(z);
            }
        }
        input = output;
        if ((l > 0 && fields == nullptr) || mlp.places.size() < 3 ||
            mlp.shape.activation != Activation::kRelu)
            continue;
        for (const auto& row : output)
            for (const double y : row) penalty += sparsity * y / static_cast<double>(outputs);
    }
    double loss = 0;
    for (std::size_t r = 0; r < rows; ++r) {
        double sum = 0;
        for (double z : input[r]) sum += std::exp(z);
        for (std::size_t k = 0; k < 10; ++k)
            loss -=
                static_cast<double>(batch.targets[r * kLane + k]) * (input[r][k] - std::log(sum));
    }
    return (loss + penalty) / static_cast<double>(rows);
}

Batch random_batch(int size) {
    Batch batch(size);
    batch.size = size;
    Random random(7, Stream::kShuffle);
    for (float& pixel : batch.pixels) pixel = random.uniform() < 0.8f ? 0.0f : random.uniform();
    for (std::size_t r = 0; r < static_cast<std::size_t>(size); ++r) {
        batch.labels[r] = static_cast<std::uint8_t>(random.below(10));
        for (std::size_t k = 0; k < 10; ++k) batch.targets[r * kLane + k] = 0.02f;
        batch.targets[r * kLane + batch.labels[r]] += 0.8f;
    }
    return batch;
}

struct OneStep {
    Mlp before, after;
    double loss = 0;
};

// With a learning rate of one and nothing else, a step subtracts the gradient.
OneStep step_by_gradient(const Mlp& mlp, const Batch& batch, int threads, float sparsity = 0,
                         bool shared_fields = false) {
    OneStep result{mlp, mlp};
    Team team(threads);
    Optimiser optimiser({}, mlp.values.size());
    BackPropagation propagation(mlp, batch.size, 0, sparsity, team);
    std::vector<double> losses(static_cast<std::size_t>(threads));
    StepPlan plan = optimiser.plan(0, 1);
    plan.shared_fields = shared_fields;
    team.run([&](int rank) {
        losses[static_cast<std::size_t>(rank)] =
            propagation.step(rank, batch, 0, plan, result.after, optimiser).loss;
    });
    for (double loss : losses) result.loss += loss / batch.size;
    return result;
}

class BackPropagationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BackPropagationTest);
    CPPUNIT_TEST(gradients_of_tanh_layers_are_those_of_finite_differences);
    CPPUNIT_TEST(gradients_of_relu_layers_are_those_of_finite_differences);
    CPPUNIT_TEST(gradients_through_normalisation_are_those_of_finite_differences);
    CPPUNIT_TEST(gradients_with_sparsity_are_those_of_finite_differences);
    CPPUNIT_TEST(receptive_fields_take_the_steps_of_their_weights_and_others_none);
    CPPUNIT_TEST(gradients_of_fields_are_those_of_finite_differences);
    CPPUNIT_TEST(shared_fields_take_the_mean_of_their_steps);
    CPPUNIT_TEST(a_network_without_hidden_layers_has_the_right_gradient);
    CPPUNIT_TEST(any_number_of_threads_gives_the_same_gradient);
    CPPUNIT_TEST(folding_normalisation_keeps_what_the_network_computes);
    CPPUNIT_TEST(dropout_leaves_out_units_at_its_rate_and_keeps_the_mean);
    CPPUNIT_TEST_SUITE_END();

    static Mlp make(std::vector<int> sizes, Activation activation, bool normalised) {
        Mlp mlp({std::move(sizes), activation, normalised, false});
        mlp.initialise(3);
        Random random(5, Stream::kWeights);
        for (const LayerPlace& place : mlp.places)
            for (std::size_t o = 0; o < static_cast<std::size_t>(place.outputs); ++o)
                mlp.values[place.bias + o] = 0.2f * random.normal();
        return mlp;
    }

    static void check(const Mlp& mlp, int threads, float sparsity = 0) {
        const Batch batch = random_batch(24);
        const OneStep step = step_by_gradient(mlp, batch, threads, sparsity);
        std::vector<double> values(mlp.values.begin(), mlp.values.end());
        CPPUNIT_ASSERT_DOUBLES_EQUAL(plain_loss(mlp, values, batch), step.loss, 1e-4);
        Random random(11, Stream::kShuffle);
        for (const LayerPlace& place : mlp.places) {
            const auto outputs = static_cast<std::size_t>(place.outputs);
            std::vector<std::size_t> probes;
            for (int i = 0; i < 20; ++i) {
                const std::size_t inputs = static_cast<std::size_t>(place.fan_in);
                probes.push_back(place.weight + random.below(outputs * inputs));
                probes.push_back(place.bias + random.below(outputs));
                if (place.normalised) probes.push_back(place.scale + random.below(outputs));
            }
            for (std::size_t at : probes) {
                const double kept = values[at], h = 1e-5;
                values[at] = kept + h;
                const double above = plain_loss(mlp, values, batch, sparsity);
                values[at] = kept - h;
                const double below = plain_loss(mlp, values, batch, sparsity);
                values[at] = kept;
                const double expected = (above - below) / (2 * h);
                const double actual =
                    static_cast<double>(step.before.values[at] - step.after.values[at]);
                CPPUNIT_ASSERT_DOUBLES_EQUAL(expected, actual, 1e-6 + 1e-3 * std::abs(expected));
            }
        }
    }

    void gradients_of_tanh_layers_are_those_of_finite_differences() {
        check(make({784, 37, 20, 10}, Activation::kTanh, false), 1);
    }

    void gradients_of_relu_layers_are_those_of_finite_differences() {
        check(make({784, 70, 33, 10}, Activation::kRelu, false), 2);
    }

    void gradients_through_normalisation_are_those_of_finite_differences() {
        check(make({784, 40, 24, 10}, Activation::kTanh, true), 2);
        check(make({784, 40, 24, 10}, Activation::kRelu, true), 1);
    }

    void gradients_with_sparsity_are_those_of_finite_differences() {
        check(make({784, 70, 33, 10}, Activation::kRelu, false), 2, 3);
        check(make({784, 40, 24, 10}, Activation::kRelu, true), 1, 3);
        check(make({784, 40, 10}, Activation::kRelu, true), 1, 3);
        check(make({784, 37, 20, 10}, Activation::kTanh, false), 1, 3);
    }

    // A network with fields, of its first two layers, and the same without the knowledge of them.
    static std::pair<Mlp, Mlp> make_with_fields(bool normalised) {
        MlpShape shape{{784, 72, 24, 10}, Activation::kRelu, normalised, false};
        const auto fields = fit_receptive_fields({{12, 8}, {2, 1}}, std::vector{72, 24});
        shape.fields = {ReceptiveFields((*fields)[0], 72), ReceptiveFields((*fields)[1], 24)};
        Mlp with(shape);
        with.initialise(3);
        Mlp without({shape.sizes, shape.activation, normalised, false});
        for (std::size_t l = 0; l < with.places.size(); ++l) {
            const LayerPlace &from = with.places[l], &to = without.places[l];
            const auto outputs = static_cast<std::size_t>(from.outputs);
            std::copy_n(with.values.data() + from.bias, outputs, without.values.data() + to.bias);
            if (normalised && from.normalised)
                std::copy_n(with.values.data() + from.scale, outputs,
                            without.values.data() + to.scale);
            const auto inputs = static_cast<std::size_t>(to.inputs);
            for (std::size_t unit = 0; unit < outputs; ++unit) {
                const float* weights =
                    with.values.data() + from.weight + unit * static_cast<std::size_t>(from.fan_in);
                float* row = without.values.data() + to.weight + unit * inputs;
                if (const ReceptiveFields* seen = shape.fields_of(l))
                    seen->expand(static_cast<int>(unit), weights, {row, inputs});
                else
                    std::copy_n(weights, inputs, row);
            }
        }
        return {with, without};
    }

    // Such a network's values from those that the other has.
    static AlignedVector<float> confined(const Mlp& with, const Mlp& without,
                                         const AlignedVector<float>& values) {
        AlignedVector<float> result(with.values.size());
        for (std::size_t l = 0; l < with.places.size(); ++l) {
            const LayerPlace &to = with.places[l], &from = without.places[l];
            const auto outputs = static_cast<std::size_t>(to.outputs);
            std::copy_n(values.data() + from.bias, outputs, result.data() + to.bias);
            if (to.normalised)
                std::copy_n(values.data() + from.scale, outputs, result.data() + to.scale);
            const auto inputs = static_cast<std::size_t>(from.inputs);
            for (std::size_t unit = 0; unit < outputs; ++unit) {
                const float* row = values.data() + from.weight + unit * inputs;
                float* weights =
                    result.data() + to.weight + unit * static_cast<std::size_t>(to.fan_in);
                if (const ReceptiveFields* seen = with.shape.fields_of(l))
                    seen->confine(static_cast<int>(unit), {row, inputs}, weights);
                else
                    std::copy_n(row, inputs, weights);
            }
        }
        return result;
    }

    static void check_alike(const AlignedVector<float>& expected,
                            const AlignedVector<float>& actual) {
        CPPUNIT_ASSERT_EQUAL(expected.size(), actual.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(expected[i]),
                                         static_cast<double>(actual[i]), 1e-5);
    }

    void receptive_fields_take_the_steps_of_their_weights_and_others_none() {
        const auto [with, without] = make_with_fields(false);
        const Batch batch = random_batch(24);
        const OneStep whole = step_by_gradient(without, batch, 1);
        const AlignedVector<float> expected = confined(with, without, whole.after.values);
        for (const int threads : {1, 2, 3}) {
            const OneStep step = step_by_gradient(with, batch, threads);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(whole.loss, step.loss, 1e-5);
            check_alike(expected, step.after.values);
        }
    }

    void gradients_of_fields_are_those_of_finite_differences() {
        for (const int threads : {1, 2, 3}) {
            Mlp normalised = make_with_fields(true).first;
            // Not alike in a channel.
            Random random(9, Stream::kWeights);
            for (float& value : normalised.values) value += 0.1f * random.normal();
            check(normalised, threads);
            check(make_with_fields(false).first, threads);
            check(make_with_fields(true).first, threads, 3);
        }
    }

    void shared_fields_take_the_mean_of_their_steps() {
        const auto [with, without] = make_with_fields(true);
        const Batch batch = random_batch(24);
        AlignedVector<float> expected = step_by_gradient(with, batch, 1).after.values;
        for (std::size_t l = 0; l < with.shape.fields.size(); ++l) {
            const ReceptiveFields& fields = with.shape.fields[l];
            const LayerPlace& place = with.places[l];
            const auto make_alike = [&](std::size_t offset, int a_field) {
                float* of_units = expected.data() + offset;
                for (int k = 0; k < a_field; ++k) {
                    double sum = 0;
                    for (int f = 0; f < fields.fields(); ++f)
                        sum += static_cast<double>(of_units[f * a_field + k]);
                    for (int f = 0; f < fields.fields(); ++f)
                        of_units[f * a_field + k] = static_cast<float>(sum / fields.fields());
                }
            };
            make_alike(place.weight, fields.channels() * fields.patch());
            make_alike(place.bias, fields.channels());
            make_alike(place.scale, fields.channels());
        }
        for (const int threads : {1, 2, 3})
            check_alike(expected, step_by_gradient(with, batch, threads, 0, true).after.values);
    }

    void a_network_without_hidden_layers_has_the_right_gradient() {
        check(make({784, 10}, Activation::kRelu, false), 2);
    }

    void any_number_of_threads_gives_the_same_gradient() {
        const Mlp mlp = make({784, 100, 50, 10}, Activation::kRelu, true);
        const Batch batch = random_batch(25);
        const OneStep one = step_by_gradient(mlp, batch, 1);
        for (int threads : {2, 3, 8}) {
            const OneStep several = step_by_gradient(mlp, batch, threads);
            for (std::size_t i = 0; i < mlp.values.size(); ++i)
                CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(one.after.values[i]),
                                             static_cast<double>(several.after.values[i]), 1e-5);
        }
    }

    static void check_folding(const Mlp& mlp) {
        const Batch batch = random_batch(64);
        Team team(2);
        BackPropagation propagation(mlp, batch.size, 0, 0, team);
        NormStatistics statistics(mlp.places);
        statistics.clear();
        team.run(
            [&](int rank) { propagation.measure(rank, batch, mlp, mlp.values, 1, statistics); });
        const NetworkParameters folded = fold(mlp, mlp.values, statistics);
        const Mlp plain = unfold(folded, mlp.shape.fields);
        const std::vector<double> trained(mlp.values.begin(), mlp.values.end());
        const std::vector<double> served(plain.values.begin(), plain.values.end());
        const double expected = plain_loss(mlp, trained, batch);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(expected, plain_loss(plain, served, batch), 1e-5);
        // Without the knowledge of fields: what is outside of them is zero.
        const Mlp whole = unfold(folded);
        const std::vector<double> all(whole.values.begin(), whole.values.end());
        CPPUNIT_ASSERT_DOUBLES_EQUAL(expected, plain_loss(whole, all, batch), 1e-5);
    }

    void folding_normalisation_keeps_what_the_network_computes() {
        check_folding(make({784, 40, 24, 10}, Activation::kRelu, true));
        Mlp fields = make_with_fields(true).first;
        Random random(9, Stream::kWeights);
        for (float& value : fields.values) value += 0.1f * random.normal();
        check_folding(fields);
    }

    void dropout_leaves_out_units_at_its_rate_and_keeps_the_mean() {
        constexpr int kRows = 200, kColumns = 100;
        AlignedVector<float> units(static_cast<std::size_t>(kRows * padded(kColumns)), 1.0f);
        drop_units({units.data(), kRows, kColumns, padded(kColumns)}, 0.3f, 42, 0);
        int dropped = 0;
        double sum = 0;
        for (int r = 0; r < kRows; ++r)
            for (int c = 0; c < kColumns; ++c) {
                const float unit = units[static_cast<std::size_t>(r * padded(kColumns) + c)];
                dropped += unit == 0.0f;
                sum += static_cast<double>(unit);
            }
        // Four standard deviations of a binomial of 20,000 trials.
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0.3, dropped / 20000.0, 0.013);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.0, sum / 20000, 0.019);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BackPropagationTest);

}  // namespace
}  // namespace digit
