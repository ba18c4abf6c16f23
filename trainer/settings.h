// SPDX-License-Identifier: Apache-2.0
// Everything that decides what a training gives, and the named sets of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libdigit/model.h"
#include "trainer/augment.h"
#include "trainer/optimiser.h"

namespace digit {

enum class Schedule { kConstant, kCosine };

struct Settings {
    std::string recipe;
    std::vector<int> hidden = {512, 256};
    Activation activation = Activation::kRelu;
    bool centred = false;  // train on pixels from -1 to 1
    int epochs = 20;
    int batch_size = 128;
    float learning_rate = 0.001f;
    OptimiserKind optimiser = OptimiserKind::kAdamW;
    float momentum = 0.9f;  // AdamW's beta1
    // A step takes learning rate × decay × w from every weight. Nielsen's λ is decay × pictures.
    float weight_decay = 0;
    std::optional<float> lambda;
    Schedule schedule = Schedule::kCosine;
    float warm_up_epochs = 0;  // the learning rate rises linearly over them
    double inverted = 0;       // fraction of the training and of the test pictures
    AugmentSettings augment;
    int validation = 0;  // pictures taken from the training set
    std::uint64_t seed = 1;
    int threads = 1;

    float decay_for(int pictures) const {
        return lambda ? *lambda / static_cast<float>(pictures) : weight_decay;
    }
};

struct Recipe {
    const char* name;
    const char* description;
    Settings settings;
};

// In the order in which --help lists them.
std::vector<Recipe> recipes();

// The learning rate of a step. steps: of the whole training. Warm-up: Goyal et al. 2017; cosine:
// Loshchilov and Hutter 2017, without restarts.
float learning_rate_at(const Settings& settings, std::int64_t step, std::int64_t steps,
                       std::int64_t steps_an_epoch);

std::string schedule_name(Schedule schedule);
std::string optimiser_name(OptimiserKind kind);

}  // namespace digit
