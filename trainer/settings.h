// SPDX-License-Identifier: Apache-2.0
// Everything that decides what a training gives, and the named sets of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/receptive_field.h"
#include "libdigit/weights_file.h"
#include "trainer/augment.h"
#include "trainer/conv_net.h"
#include "trainer/drawn_pool.h"
#include "trainer/optimiser.h"

namespace digit {

// Two layers that answer for easy pictures: NetworkParameters::early_exit.
struct EarlyExitSettings {
    int units = 0;  // 0: none
    int epochs = 12;
};

enum class Schedule { kConstant, kCosine };

// Convolutional networks that are trained first, to be learnt from.
struct ConvSettings {
    int count = 0;
    // As many, the last ones, learn from drawn pictures too, and are alone asked about those; what
    // a network that knows both says of MNIST's pictures teaches less.
    int of_drawn = 16;
    std::vector<ConvStage> shape = {{16, true}, {32, false}, {48, true}, {96, false}};
    int epochs = 20;
    int batch_size = 256;
    float learning_rate = 0.003f;
};

struct Settings {
    std::string recipe;
    std::vector<int> hidden = {512, 256};
    // Of the first hidden layers' units, layer by layer; fitting to `hidden`.
    std::vector<ReceptiveField> receptive_fields;
    // Part of the epochs, the first ones, in which all fields' weights are alike.
    float shared_weights = 0;
    int frozen_layers = 0;  // so many first ones stay as they are given
    EarlyExitSettings early_exit;
    Activation activation = Activation::kRelu;
    bool normalised = false;  // batch normalisation, folded into the weights at the end
    bool centred = false;     // train on pixels from -1 to 1
    int epochs = 20;
    int batch_size = 128;
    float learning_rate = 0.001f;
    OptimiserKind optimiser = OptimiserKind::kAdamW;
    float momentum = 0.9f;  // AdamW's beta1
    // A step takes learning rate × decay × w from every weight. Nielsen's λ is decay × pictures.
    float weight_decay = 0;
    std::optional<float> lambda;
    Schedule schedule = Schedule::kCosine;
    float warm_up_epochs = 0;   // the learning rate rises linearly over them
    double inverted = 0;        // fraction of the training and of the test pictures
    float dropout = 0;          // of hidden units
    float sparsity = 0;         // what the means of the first hidden layers add to the loss
    float label_smoothing = 0;  // part of the target spread over all digits (Szegedy et al. 2016)
    float mixup = 0;            // both parameters of the Beta distribution (Zhang et al. 2018)
    float average = 0;          // of the running average of the parameters: what a step keeps
    std::vector<std::string> teachers;  // weights files
    float teacher_weight = 0.9f;        // of the teachers' part of the loss
    float temperature = 2;              // of their opinions
    ConvSettings conv;
    AugmentSettings augment;
    DrawnSettings drawn;
    int views = 0;           // ways in which each picture is changed, in turn; 0: anew every epoch
    float own_share = 0.2f;  // at least, of an epoch: pictures from folders beside MNIST
    int validation = 0;      // pictures taken from the training set
    int evaluate_every = 1;  // epochs
    WeightsDtype dtype = WeightsDtype::kF32;  // of the weights file
    std::uint64_t seed = 1;
    int threads = 1;

    float decay_for(int pictures) const {
        return lambda ? *lambda / static_cast<float>(pictures) : weight_decay;
    }
};

// What a network beside the served one is trained by, whatever was chosen for that: AdamW, a
// cosine, an average, new changes in every epoch, and nothing that regularises it besides.
void learn_by_adamw(Settings& settings);

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

// Whether the receptive fields' weights are still alike in a step.
bool fields_are_shared_at(const Settings& settings, std::int64_t step, std::int64_t steps);

std::string schedule_name(Schedule schedule);
std::string optimiser_name(OptimiserKind kind);
std::string dtype_name(WeightsDtype dtype);

}  // namespace digit
