// SPDX-License-Identifier: Apache-2.0
#include "trainer/early_exit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libdigit/network.h"
#include "libdigit/weights_file.h"
#include "trainer/interrupt.h"
#include "trainer/progress.h"
#include "trainer/training.h"

namespace digit {

namespace {

// The exit as a network: the first layer, which stays as it is, and its own two.
Settings settings_of(const Settings& settings, int first_units) {
    Settings own = settings;
    own.hidden = {first_units, settings.early_exit.units};
    if (!own.receptive_fields.empty()) own.receptive_fields.resize(1);
    own.shared_weights = 0;
    own.frozen_layers = 1;
    own.normalised = false;
    own.epochs = settings.early_exit.epochs;
    own.learning_rate = 0.003f;
    own.warm_up_epochs = 0.2f;
    own.weight_decay = 0.01f;
    learn_by_adamw(own);
    own.teacher_weight = 1;
    own.temperature = 2;
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

std::string six_decimals(float value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", static_cast<double>(value));
    return text;
}

struct Answer {
    std::ptrdiff_t digit;
    float confidence;
};

// Nothing where no early exit answers that is asked.
std::optional<Answer> answer_of(const Model& model, std::span<const std::uint8_t> picture,
                                EarlyExit exit) {
    std::array<float, kDigits> probabilities;
    const std::size_t early = forward(model, picture, 1, probabilities, exit);
    if (exit == EarlyExit::kAsked && early == 0) return std::nullopt;
    const auto best = std::ranges::max_element(probabilities);
    return Answer{best - probabilities.begin(), *best};
}

// By the arithmetic by which it will serve: the exit's highest confidence in what the network does
// not say, or calls uncertain. model: its exit answers above a half already, under which two digits
// would not be told apart.
float highest_mistaken(const Model& model, const Dataset& pictures, Team& team) {
    std::vector<float> highest(static_cast<std::size_t>(team.size()));
    team.run([&](int rank) {
        const Range own = share_of(pictures.size(), rank, team.size());
        float most = 0;
        for (int i = own.begin; i < own.end; ++i) {
            const auto early = answer_of(model, pictures.picture(i), EarlyExit::kAsked);
            if (!early || early->confidence <= most) continue;
            const auto whole = answer_of(model, pictures.picture(i), EarlyExit::kPassed);
            if (early->digit != whole->digit || whole->confidence < model.uncertain_below())
                most = early->confidence;
        }
        highest[static_cast<std::size_t>(rank)] = most;
    });
    return *std::ranges::max_element(highest);
}

double share_answered(const Model& model, const Dataset& pictures) {
    std::vector<float> probabilities(static_cast<std::size_t>(pictures.size()) * kDigits);
    const std::size_t early =
        forward(model, pictures.pixels, static_cast<std::size_t>(pictures.size()), probabilities);
    return static_cast<double>(early) / pictures.size();
}

// What serves of the file that the network is written to.
Result<Model> model_with_bound(NetworkParameters network, float above, WeightsDtype dtype) {
    network.metadata["early_exit_above"] = six_decimals(above);
    const std::string file = serialise_weights(network, dtype);
    const auto weights =
        view_weights({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    if (!weights) return weights.status();
    return Model::make(*weights);
}

// Upwards, to a number that six decimals hold; at 1, which nothing exceeds, the exit never answers.
float rounded_up(float confidence) {
    return static_cast<float>(
        std::min(1.0, std::ceil(static_cast<double>(confidence) * 1e6) / 1e6));
}

// The lowest above which the exit is never mistaken about any of these, but kEarlyExitAbove at
// least; 1 where there is none. eager: as highest_mistaken's model.
float bound_for(const Model& eager, std::initializer_list<const Dataset*> judged, Team& team) {
    float bound = kEarlyExitAbove;
    for (const Dataset* pictures : judged)
        bound = std::max(bound, rounded_up(highest_mistaken(eager, *pictures, team)));
    return bound;
}

}  // namespace

Result<EarlyExitFit> fit_early_exit(const Settings& settings, const TrainingData& data, Team& team,
                                    NetworkParameters& network) {
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
        if (!sums) return EarlyExitFit{};
    }
    progress.clear();

    NetworkParameters way_out = training.network();
    if (settings.dtype == WeightsDtype::kI8) round_to_bytes(way_out);
    network.early_exit = {way_out.layers.begin() + 1, way_out.layers.end()};

    EarlyExitFit fit;
    fit.interrupted = false;
    const Result<Model> eager = model_with_bound(network, 0.5f, settings.dtype);
    if (!eager) return eager.status();
    const Dataset aside = digits_set_aside(data);
    const Dataset changed = changed_pictures(own, data.train, team);
    fit.above =
        bound_for(*eager, {&data.train.pictures, &changed, &aside, &data.others_validation}, team);
    if (fit.above >= 1) {
        network.early_exit.clear();
        return fit;
    }
    network.metadata["early_exit"] = std::to_string(settings.early_exit.units);
    network.metadata["early_exit_epochs"] = std::to_string(settings.early_exit.epochs);
    network.metadata["early_exit_above"] = six_decimals(fit.above);
    if (aside.size() == 0) return fit;
    const Result<Model> serving = model_with_bound(network, fit.above, settings.dtype);
    if (!serving) return serving.status();
    fit.share = share_answered(*serving, aside);
    return fit;
}

}  // namespace digit
