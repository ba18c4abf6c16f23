// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/bars.h"
#include "trainer/conv_learner.h"
#include "trainer/conv_predictor.h"
#include "trainer/random.h"
#include "trainer/training.h"
#include "trainer/vector_ops.h"

namespace digit {
namespace {

using Doubles = std::vector<double>;

std::size_t at(int y, int x, int c, int edge, int channels) {
    return static_cast<std::size_t>((y * edge + x) * channels + c);
}

Doubles plain_convolution(const Doubles& in, const ConvPlace& p, const Doubles& values) {
    Doubles out(static_cast<std::size_t>(p.pixels() * p.outputs));
    for (int y = 0; y < p.edge; ++y)
        for (int x = 0; x < p.edge; ++x)
            for (int o = 0; o < p.outputs; ++o) {
                double sum = 0;
                for (int k = 0; k < 9; ++k) {
                    const int from_y = y + k / 3 - 1, from_x = x + k % 3 - 1;
                    if (from_y < 0 || from_x < 0 || from_y >= p.edge || from_x >= p.edge) continue;
                    for (int i = 0; i < p.inputs; ++i)
                        sum +=
                            in[at(from_y, from_x, i, p.edge, p.inputs)] *
                            values[p.weight + static_cast<std::size_t>((o * 9 + k) * p.inputs + i)];
                }
                out[at(y, x, o, p.edge, p.outputs)] = sum;
            }
    return out;
}

Doubles plain_pool(const Doubles& in, const ConvPlace& p) {
    const int half = p.edge / 2;
    Doubles out(static_cast<std::size_t>(half * half * p.outputs));
    for (int y = 0; y < half; ++y)
        for (int x = 0; x < half; ++x)
            for (int c = 0; c < p.outputs; ++c) {
                double& top = out[at(y, x, c, half, p.outputs)];
                for (int k = 0; k < 4; ++k)
                    top = std::max(top, in[at(2 * y + k / 2, 2 * x + k % 2, c, p.edge, p.outputs)]);
            }
    return out;
}

// Batch normalisation over all pictures, then ReLU.
void plain_normalise(std::vector<Doubles>& pictures, const ConvPlace& p, const Doubles& values) {
    const auto channels = static_cast<std::size_t>(p.outputs);
    const double count = static_cast<double>(pictures.size()) * p.pixels();
    for (std::size_t c = 0; c < channels; ++c) {
        double mean = 0, variance = 0;
        for (const Doubles& z : pictures)
            for (std::size_t i = c; i < z.size(); i += channels) mean += z[i] / count;
        for (const Doubles& z : pictures)
            for (std::size_t i = c; i < z.size(); i += channels)
                variance += (z[i] - mean) * (z[i] - mean) / count;
        const double factor =
            values[p.scale + c] / std::sqrt(variance + static_cast<double>(kNormEpsilon));
        for (Doubles& z : pictures)
            for (std::size_t i = c; i < z.size(); i += channels)
                z[i] = std::max(0.0, factor * (z[i] - mean) + values[p.shift + c]);
    }
}

std::vector<Doubles> plain_logits(const ConvNet& net, const Doubles& values, const Batch& batch) {
    std::vector<Doubles> pictures;
    for (int r = 0; r < batch.size; ++r)
        pictures.emplace_back(batch.pixels.begin() + r * kInputPixels,
                              batch.pixels.begin() + (r + 1) * kInputPixels);
    for (const ConvPlace& p : net.places) {
        for (Doubles& picture : pictures) picture = plain_convolution(picture, p, values);
        plain_normalise(pictures, p, values);
        if (p.pooled)
            for (Doubles& picture : pictures) picture = plain_pool(picture, p);
    }
    std::vector<Doubles> logits;
    for (const Doubles& picture : pictures) {
        Doubles& z = logits.emplace_back(10);
        for (std::size_t k = 0; k < 10; ++k) {
            z[k] = values[net.dense.bias + k];
            for (std::size_t i = 0; i < picture.size(); ++i)
                z[k] += picture[i] * values[net.dense.weight + k * picture.size() + i];
        }
    }
    return logits;
}

double plain_loss(const ConvNet& net, const Doubles& values, const Batch& batch) {
    double loss = 0;
    const std::vector<Doubles> logits = plain_logits(net, values, batch);
    for (std::size_t r = 0; r < logits.size(); ++r) {
        double sum = 0;
        for (const double z : logits[r]) sum += std::exp(z);
        for (std::size_t k = 0; k < 10; ++k)
            loss +=
                static_cast<double>(batch.targets[r * kLane + k]) * (std::log(sum) - logits[r][k]);
    }
    return loss / batch.size;
}

Batch random_batch(int size) {
    Batch batch(size);
    batch.size = size;
    Random random(7, Stream::kShuffle);
    for (float& pixel : batch.pixels) pixel = random.uniform() < 0.6f ? 0.0f : random.uniform();
    for (std::size_t r = 0; r < static_cast<std::size_t>(size); ++r) {
        batch.labels[r] = static_cast<std::uint8_t>(random.below(10));
        batch.targets[r * kLane + batch.labels[r]] = 1;
    }
    return batch;
}

Settings small_settings(const std::string& shape) {
    Settings settings;
    settings.conv.shape = ConvShape::parse(shape);
    settings.seed = 3;
    return settings;
}

class ConvTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConvTest);
    CPPUNIT_TEST(a_shape_is_read_as_it_is_written);
    CPPUNIT_TEST(shapes_that_cannot_be_are_refused);
    CPPUNIT_TEST(gradients_are_those_of_finite_differences);
    CPPUNIT_TEST(the_folded_network_computes_what_was_trained);
    CPPUNIT_TEST(the_same_seed_and_threads_give_the_same_bits);
    CPPUNIT_TEST(a_trained_network_reads_pictures_not_seen);
    CPPUNIT_TEST_SUITE_END();

    void a_shape_is_read_as_it_is_written() {
        for (const std::string text : {"16p", "16-32p-48", "32p-16p-64p-16p"})
            CPPUNIT_ASSERT_EQUAL(text, ConvShape{ConvShape::parse(text)}.name());
    }

    void shapes_that_cannot_be_are_refused() {
        for (const std::string text :
             {"", "p", "15", "16q", "16-", "-16", "16--16", "2048", "16p-16p-16p-16p-16p", "x"})
            CPPUNIT_ASSERT_MESSAGE(text, ConvShape::parse(text).empty());
    }

    void gradients_are_those_of_finite_differences() {
        const Batch batch = random_batch(3);
        Team team(1);
        ConvLearner learner(small_settings("16p-16-32p"), batch.size, team);
        const ConvNet net = [] {
            ConvNet made({ConvShape::parse("16p-16-32p")});
            made.initialise(3);
            return made;
        }();
        CPPUNIT_ASSERT(net.values == learner.values());
        // With a learning rate of one and nothing else, a step subtracts the gradient.
        Optimiser optimiser({}, net.values.size());
        const LossSums sums = learner.step(0, batch, 0, optimiser.plan(0, 1), optimiser);
        Doubles values(net.values.begin(), net.values.end());
        CPPUNIT_ASSERT_DOUBLES_EQUAL(plain_loss(net, values, batch), sums.loss / batch.size, 1e-4);

        Random random(11, Stream::kShuffle);
        std::vector<std::size_t> probes;
        for (const ConvPlace& p : net.places) {
            const auto outputs = static_cast<std::size_t>(p.outputs);
            for (int i = 0; i < 8; ++i) {
                probes.push_back(p.weight +
                                 random.below(outputs * static_cast<std::size_t>(p.patch())));
                probes.push_back(p.shift + random.below(outputs));
                probes.push_back(p.scale + random.below(outputs));
            }
        }
        for (int i = 0; i < 8; ++i) {
            probes.push_back(net.dense.weight +
                             random.below(10 * static_cast<std::size_t>(net.dense.inputs)));
            probes.push_back(net.dense.bias + random.below(10));
        }
        for (const std::size_t probe : probes) {
            const double kept = values[probe], h = 1e-5;
            values[probe] = kept + h;
            const double above = plain_loss(net, values, batch);
            values[probe] = kept - h;
            const double below = plain_loss(net, values, batch);
            values[probe] = kept;
            const double expected = (above - below) / (2 * h);
            const double actual = static_cast<double>(net.values[probe] - learner.values()[probe]);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected, actual, 1e-5 + 2e-3 * std::abs(expected));
        }
    }

    void the_folded_network_computes_what_was_trained() {
        const Batch batch = random_batch(6);
        Team team(1);
        ConvLearner learner(small_settings("16-32p-16p"), batch.size, team);
        auto statistics = learner.no_statistics();
        learner.measure(0, batch, learner.values(), 1, statistics);
        const ConvNetwork folded = learner.network(learner.values(), statistics);
        ConvPredictor predictor(folded, 6);
        std::vector<float> logits(60);
        predictor.logits({batch.pixels.data(), 6, kInputPixels, kInputPixels},
                         {logits.data(), 6, kDigits, kDigits});
        ConvNet net({ConvShape::parse("16-32p-16p")});
        const Doubles values(learner.values().begin(), learner.values().end());
        const std::vector<Doubles> expected = plain_logits(net, values, batch);
        for (std::size_t i = 0; i < logits.size(); ++i)
            CPPUNIT_ASSERT_DOUBLES_EQUAL(expected[i / 10][i % 10], static_cast<double>(logits[i]),
                                         1e-3);
    }

    static ConvNetwork train(const Dataset& data) {
        Settings settings = small_settings("16p-16p");
        settings.batch_size = 32;
        settings.epochs = 3;
        settings.threads = 2;
        settings.learning_rate = 0.003f;
        Team team(settings.threads);
        const TrainingPictures pictures{data, 0, nullptr};
        ConvTraining training(settings, pictures, team);
        while (training.epochs_done() < settings.epochs) (void)training.run_epoch();
        return training.network();
    }

    void the_same_seed_and_threads_give_the_same_bits() {
        const Dataset data = test::bars(128, 1);
        CPPUNIT_ASSERT(train(data).values == train(data).values);
    }

    void a_trained_network_reads_pictures_not_seen() {
        Team team(2);
        const Evaluation seen = evaluate(train(test::bars(640, 1)), test::bars(200, 2), team);
        CPPUNIT_ASSERT_GREATER(190, seen.correct);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConvTest);

}  // namespace
}  // namespace digit
