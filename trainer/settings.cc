// SPDX-License-Identifier: Apache-2.0
#include "trainer/settings.h"

#include <cmath>
#include <numbers>

namespace digit {

namespace {

// The network and the settings of the application that this project began from.
Settings original() {
    Settings s;
    s.hidden = {100, 40};
    s.activation = Activation::kTanh;
    s.centred = true;
    s.epochs = 5;
    s.batch_size = 50;
    s.learning_rate = 0.03f;
    s.optimiser = OptimiserKind::kSgd;
    s.momentum = 0;
    s.lambda = 5.0f;
    s.schedule = Schedule::kConstant;
    s.inverted = 0.5;
    return s;
}

// The shipped network; models/README.md tells how it was chosen.
Settings best() {
    Settings s;
    // 16 channels of 144 fields of the picture, 64 of 25 over these, 128 of 9.
    s.hidden = {2304, 1600, 1152, 256};
    s.receptive_fields = {{5, 2}, {4, 2}, {3, 1}};
    s.shared_weights = 0.75f;
    s.early_exit.units = 64;
    s.normalised = true;
    s.epochs = 80;
    s.batch_size = 256;
    s.learning_rate = 0.003f;
    s.warm_up_epochs = 2;
    s.weight_decay = 0.02f;
    s.average = 0.9995f;
    // The more, the fewer units speak, and the worse it reads.
    s.sparsity = 0.1f;
    s.augment = AugmentSettings::usual();
    // The drawn digits come in all widths, blurs and contrasts, and framing evens them out; varied
    // in MNIST's digits too, they took more of a network of this size than they gave.
    s.augment.thinner = s.augment.thicker = s.augment.contrast = 0;
    s.augment.square = 0.05f;
    // Some are blurred, as small pictures that are enlarged are.
    s.augment.blur = 2;
    s.augment.stroke_share = 0.1f;
    s.augment.keep_levels = true;
    s.views = 16;
    s.temperature = 2;
    s.conv.count = 4;
    s.conv.of_drawn = 1;
    s.conv.shape = {{32, false}, {32, true}, {64, false}, {64, true}, {128, false}, {128, false}};
    s.conv.epochs = 12;
    s.drawn.pictures = 32000;
    s.drawn.others = 8000;
    s.drawn.fresh = 0.15f;
    s.drawn.font_share = 0.6f;
    s.drawn.augment = 0.5f;
    // Everything was chosen with 5,000 or 10,000 set aside; these are for the temperature.
    s.validation = 1000;
    s.dtype = WeightsDtype::kI8;
    s.evaluate_every = 8;
    return s;
}

}  // namespace

void learn_by_adamw(Settings& settings) {
    settings.optimiser = OptimiserKind::kAdamW;
    settings.momentum = 0.9f;
    settings.schedule = Schedule::kCosine;
    settings.lambda.reset();
    settings.average = 0.999f;
    settings.centred = false;
    settings.views = 0;
    settings.dropout = settings.sparsity = settings.label_smoothing = settings.mixup = 0;
}

std::vector<Recipe> recipes() {
    std::vector<Recipe> all = {
        {"original", "784-100-40-10, tanh, 5 epochs, half of the pictures inverted", original()},
        {"best",
         "784-2304-1600-1152-256-10, the shipped weights; needs the fonts of script/bootstrap "
         "--training",
         best()},
    };
    for (Recipe& recipe : all) recipe.settings.recipe = recipe.name;
    return all;
}

float learning_rate_at(const Settings& settings, std::int64_t step, std::int64_t steps,
                       std::int64_t steps_an_epoch) {
    const double warm_up =
        static_cast<double>(settings.warm_up_epochs) * static_cast<double>(steps_an_epoch);
    const auto at = static_cast<double>(step);
    const auto peak = static_cast<double>(settings.learning_rate);
    if (at < warm_up) return static_cast<float>(peak * (at + 1) / warm_up);
    if (settings.schedule == Schedule::kConstant) return settings.learning_rate;
    const double progress = (at - warm_up) / (static_cast<double>(steps) - warm_up);
    return static_cast<float>(peak * 0.5 * (1 + std::cos(std::numbers::pi * progress)));
}

bool fields_are_shared_at(const Settings& settings, std::int64_t step, std::int64_t steps) {
    return static_cast<double>(step) <
           static_cast<double>(settings.shared_weights) * static_cast<double>(steps);
}

std::string schedule_name(Schedule schedule) {
    return schedule == Schedule::kCosine ? "cosine" : "constant";
}

std::string optimiser_name(OptimiserKind kind) {
    return kind == OptimiserKind::kAdamW ? "adamw" : "sgd";
}

std::string dtype_name(WeightsDtype dtype) {
    return dtype == WeightsDtype::kF32 ? "f32" : dtype == WeightsDtype::kF16 ? "f16" : "i8";
}

}  // namespace digit
