// SPDX-License-Identifier: Apache-2.0
#include "trainer/early_exit.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "libdigit/weights_file.h"
#include "trainer/calibration.h"
#include "trainer/evaluate.h"
#include "trainer/interrupt.h"
#include "trainer/progress.h"
#include "trainer/training.h"

namespace digit {

namespace {

// The exit as a network: the first layer, which stays as it is, and its own two.
Settings settings_of(const Settings& settings, int first_units) {
    Settings own = settings;
    own.hidden = {first_units, settings.early_exit.units};
    own.receptive_field = {};
    own.shared_weights = 0;
    own.frozen_layers = 1;
    own.normalised = own.centred = false;
    own.epochs = settings.early_exit.epochs;
    own.learning_rate = 0.003f;
    own.warm_up_epochs = 0.2f;
    own.optimiser = OptimiserKind::kAdamW;
    own.momentum = 0.9f;
    own.schedule = Schedule::kCosine;
    own.weight_decay = 0.01f;
    own.lambda.reset();
    own.average = 0.999f;
    own.dropout = own.sparsity = own.label_smoothing = own.mixup = 0;
    own.teacher_weight = 1;
    own.temperature = 2;
    own.views = 0;
    own.seed = settings.seed + 2000003;
    return own;
}

NetworkParameters first_guess(const Settings& own, const NetworkParameters& network) {
    MlpShape shape;
    shape.sizes = {kInputPixels, own.hidden[0], own.hidden[1], kDigits};
    Mlp mlp(shape);
    mlp.initialise(own.seed);
    NetworkParameters guess = fold(mlp, mlp.values, NormStatistics(mlp.places));
    guess.layers.front() = network.layers.front();
    return guess;
}

float temperature_of(const NetworkParameters& network) {
    const auto found = network.metadata.find("temperature");
    return found == network.metadata.end() ? 1 : std::stof(found->second);
}

float uncertain_below(const NetworkParameters& network) {
    const auto found = network.metadata.find("uncertain_below");
    return found == network.metadata.end() ? 0.5f : std::stof(found->second);
}

// Pictures set aside with a digit to each.
Dataset digits_set_aside(const TrainingData& data) {
    Dataset both = data.validation;
    both.append(data.drawn_validation);
    return both;
}

// As the epoch after the last would show them.
Dataset changed_pictures(const Settings& own, const TrainingPictures& train, Team& team) {
    Sampler sampler(own, train);
    sampler.begin_epoch(own.epochs, team);
    Batch batch(sampler.batch_size());
    Dataset changed;
    std::vector<std::uint8_t> picture(kInputPixels);
    for (std::int64_t step = 0; step < sampler.steps(); ++step) {
        sampler.fill(step, {0, sampler.batch_size()}, batch);
        for (std::size_t i = 0; i < batch.labels.size(); ++i) {
            std::transform(
                batch.pixels.begin() + static_cast<std::ptrdiff_t>(i * kInputPixels),
                batch.pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * kInputPixels),
                picture.begin(),
                [](float p) { return static_cast<std::uint8_t>(std::lround(p * 255)); });
            changed.append(picture, 0);
        }
    }
    return changed;
}

struct Answer {
    std::size_t digit;
    float confidence;
};

Answer answer_of(const std::array<float, kDigits>& logits, float temperature) {
    const auto p = probabilities_of(logits, temperature);
    const auto best = std::max_element(p.begin(), p.end());
    return {static_cast<std::size_t>(best - p.begin()), *best};
}

// The exit's highest confidence in what the network does not say, or not surely.
float highest_mistaken(const NetworkParameters& network, const NetworkParameters& way_out,
                       const Dataset& pictures, Team& team) {
    const float temperature = temperature_of(network);
    const float sure = uncertain_below(network);
    // Of pictures of no digit the labels, of which there are none, are not to be counted.
    Dataset labelled = pictures;
    std::fill(labelled.labels.begin(), labelled.labels.end(), std::uint8_t{0});
    const Evaluation all = evaluate(network, labelled, team);
    const Evaluation early = evaluate(way_out, labelled, team);
    float highest = 0;
    for (std::size_t i = 0; i < all.logits.size(); ++i) {
        const Answer ours = answer_of(early.logits[i], temperature);
        const Answer whole = answer_of(all.logits[i], temperature);
        if (ours.digit != whole.digit || whole.confidence < sure)
            highest = std::max(highest, ours.confidence);
    }
    return highest;
}

double share_above(const NetworkParameters& way_out, const Dataset& aside, float temperature,
                   float above, Team& team) {
    if (aside.size() == 0) return 0;
    const Evaluation seen = evaluate(way_out, aside, team);
    const auto count = std::count_if(
        seen.logits.begin(), seen.logits.end(),
        [&](const auto& logits) { return answer_of(logits, temperature).confidence > above; });
    return static_cast<double>(count) / aside.size();
}

// Upwards, to a number that six decimals hold; at 1, which nothing exceeds, the exit never answers.
float rounded_up(float confidence) {
    return static_cast<float>(
        std::min(1.0, std::ceil(static_cast<double>(confidence) * 1e6) / 1e6));
}

std::string six_decimals(float value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", static_cast<double>(value));
    return text;
}

}  // namespace

std::optional<EarlyExitFit> fit_early_exit(const Settings& settings, const TrainingData& data,
                                           Team& team, NetworkParameters& network) {
    const Settings own = settings_of(settings, network.layers.front().outputs);
    network.early_exit.clear();
    GivenNetworks given;
    given.initial = first_guess(own, network);
    given.teachers.perceptrons.push_back(network);
    Training training(own, data.train, team, std::move(given));
    Progress progress(training.pictures_an_epoch() * own.epochs, "pictures");
    while (training.epochs_done() < own.epochs) {
        const std::int64_t before = training.epochs_done() * training.pictures_an_epoch();
        const auto sums = training.run_epoch(
            {[&](std::int64_t done) { progress.update(before + done, "early exit"); },
             interrupted});
        if (!sums) return std::nullopt;
    }
    progress.clear();

    NetworkParameters way_out = training.network();
    const Dataset aside = digits_set_aside(data);
    const Dataset changed = changed_pictures(own, data.train, team);
    // What is judged is what will serve.
    if (settings.dtype == WeightsDtype::kI8) round_to_bytes(way_out);
    network.early_exit = {way_out.layers.begin() + 1, way_out.layers.end()};
    way_out.layers.front() = network.layers.front();

    EarlyExitFit fit;
    for (const Dataset* pictures :
         {&data.train.pictures, &changed, &aside, &data.others_validation}) {
        const float mistaken = highest_mistaken(network, way_out, *pictures, team);
        fit.above = std::max(fit.above, rounded_up(mistaken));
    }
    fit.share = share_above(way_out, aside, temperature_of(network), fit.above, team);
    network.metadata["early_exit_above"] = six_decimals(fit.above);
    return fit;
}

}  // namespace digit
