// SPDX-License-Identifier: Apache-2.0
#include "trainer/settings_options.h"

namespace digit {

namespace {

template <class T>
void add_choice(CLI::App& app, const std::string& name, T& value,
                const std::map<std::string, T>& choices, const std::string& help,
                const std::string& group) {
    std::string list, chosen;
    for (const auto& [text, choice] : choices) {
        list += (list.empty() ? "" : ", ") + text;
        if (choice == value) chosen = text;
    }
    app.add_option_function<std::string>(
           name,
           [&value, choices, name, list](const std::string& text) {
               const auto found = choices.find(text);
               if (found == choices.end())
                   throw CLI::ValidationError(name, "is one of " + list + ", not " + text);
               value = found->second;
           },
           help)
        ->default_str(chosen)
        ->type_name("NAME")
        ->group(group);
}

void add_network(CLI::App& app, Settings& s) {
    const std::string group = "Network";
    add_option(app, "--hidden", s.hidden, "Widths of the hidden layers, such as 512,256", group)
        ->delimiter(',')
        ->check(CLI::Range(1, 16384));
    app.add_option_function<std::string>(
           "--receptive-field",
           [&s](const std::string& text) {
               if (!parse_receptive_fields(text, s.receptive_fields))
                   throw CLI::ValidationError("--receptive-field",
                                              "takes a size and a stride, such as 10,3, or several "
                                              "of them, such as 5,2/4,2, not " +
                                                  text);
           },
           "Each unit of the first hidden layer sees a square of so many pixels a side, and the "
           "next square lies so many pixels further; 0,1: all see the whole picture. After a "
           "slash, "
           "the second layer's squares over those of the first, and so on")
        ->default_str(text_of(s.receptive_fields))
        ->type_name("SIZE,STRIDE[/...]")
        ->group(group);
    add_option(app, "--shared-weights", s.shared_weights,
               "Part of the epochs, the first ones, in which the weights are alike in every "
               "receptive field, as in a convolution",
               group)
        ->check(CLI::Range(0.0, 1.0));
    add_option(app, "--early-exit", s.early_exit.units,
               "Units of a layer that answers for easy pictures in place of all layers but the "
               "first, which spares the server most of the work; 0: none",
               group)
        ->check(CLI::Range(0, 4096));
    add_option(app, "--early-exit-epochs", s.early_exit.epochs,
               "Passes over the training pictures for it, when all else is done", group)
        ->check(CLI::Range(1, 1000000));
    add_choice<Activation>(app, "--activation", s.activation,
                           {{"relu", Activation::kRelu}, {"tanh", Activation::kTanh}},
                           "Between layers: relu or tanh", group);
    app.add_flag("--batch-norm,!--no-batch-norm", s.normalised,
                 "Normalise hidden layers over each batch; folded into the weights at the end")
        ->group(group);
    add_choice<WeightsDtype>(
        app, "--dtype", s.dtype,
        {{"f32", WeightsDtype::kF32}, {"f16", WeightsDtype::kF16}, {"i8", WeightsDtype::kI8}},
        "Of the weights file: f32; f16, half as long; i8, a quarter, whole "
        "numbers that take half the memory while they serve",
        group);
    app.add_flag("--centred,!--uncentred", s.centred,
                 "Train on pixels from -1 to 1; the weights file takes them from 0 to 1 either way")
        ->group(group);
}

void add_optimisation(CLI::App& app, Settings& s) {
    const std::string group = "Optimisation";
    add_option(app, "--epochs", s.epochs, "Passes over the training pictures", group)
        ->check(CLI::Range(1, 1000000));
    add_option(app, "--batch-size", s.batch_size, "Pictures a step", group)
        ->check(CLI::Range(1, 65536));
    add_choice<OptimiserKind>(app, "--optimiser,--optimizer", s.optimiser,
                              {{"sgd", OptimiserKind::kSgd}, {"adamw", OptimiserKind::kAdamW}},
                              "sgd or adamw", group);
    add_option(app, "--learning-rate", s.learning_rate, "Its highest value", group)
        ->check(CLI::Range(0.0, 100.0));
    add_option(app, "--momentum", s.momentum, "Of sgd; the first beta of adamw", group)
        ->check(CLI::Range(0.0, 0.9999));
    CLI::Option* decay =
        add_option(app, "--weight-decay", s.weight_decay,
                   "Part of every weight that a step takes away, times the learning rate", group)
            ->check(CLI::Range(0.0, 1.0));
    app.add_option_function<float>(
           "--lambda", [&s](const float& lambda) { s.lambda = lambda; },
           "The same, times the number of training pictures (L2 as Nielsen writes it)")
        ->check(CLI::Range(0.0, 1e6))
        ->excludes(decay)
        ->group(group);
    decay->each([&s](const std::string&) { s.lambda.reset(); });
    add_option(app, "--average", s.average,
               "Publish a running average of the parameters, of which a step keeps this part",
               group)
        ->check(CLI::Range(0.0, 0.99999));
    add_option(app, "--dropout", s.dropout, "Part of the hidden units that a step leaves out",
               group)
        ->check(CLI::Range(0.0, 0.95));
    add_option(
        app, "--sparsity", s.sparsity,
        "Weight in the loss of the mean output of the first of several hidden layers, and of "
        "those with receptive fields (relu)",
        group)
        ->check(CLI::Range(0.0, 1000.0));
    add_option(app, "--label-smoothing", s.label_smoothing,
               "Part of the target spread over all digits", group)
        ->check(CLI::Range(0.0, 0.9));
    add_option(app, "--mixup", s.mixup,
               "Mix pictures in pairs, by a Beta distribution of this parameter", group)
        ->check(CLI::Range(0.0, 10.0));
    add_choice<Schedule>(app, "--schedule", s.schedule,
                         {{"constant", Schedule::kConstant}, {"cosine", Schedule::kCosine}},
                         "Of the learning rate: constant or cosine", group);
    add_option(app, "--warm-up", s.warm_up_epochs, "Epochs over which the learning rate rises",
               group)
        ->check(CLI::Range(0.0, 1e6));
}

void add_augmentation(CLI::App& app, Settings& s) {
    const std::string group = "Augmentation (amounts are drawn for every picture)";
    AugmentSettings& a = s.augment;
    app.add_flag_function(
           "--augment", [](std::int64_t) {}, "Begin from usual amounts of all of these")
        ->group(group);
    const auto amount = [&](const char* name, float& value, double most, const char* help) {
        add_option(app, name, value, help, group)->check(CLI::Range(0.0, most));
    };
    amount("--rotation", a.rotation, 180, "Up to this many degrees either way");
    amount("--shear", a.shear, 2, "Slant either way, as columns a row");
    amount("--stretch", a.stretch, 1, "Of the logarithm of width and height, either way");
    amount("--shift", a.shift, 14, "Pixels either way");
    amount("--elastic", a.elastic, 10, "Root mean square of smooth displacements, in pixels");
    add_option(app, "--elastic-sigma", a.elastic_sigma, "How smooth: of a Gaussian, in pixels",
               group)
        ->check(CLI::Range(1.0, 28.0));
    amount("--thinner", a.thinner, 2, "Pixels taken from each side of a stroke");
    amount("--thicker", a.thicker, 3, "Pixels added to each side of a stroke");
    amount("--blur", a.blur, 2, "Binomial blurs of 3 by 3 pixels");
    amount("--contrast", a.contrast, 1, "Of the factor on the ink, either way");
    amount("--stroke-share", a.stroke_share, 1,
           "Part of the pictures whose strokes the four options above vary");
    amount("--sharp", a.sharp, 1, "Part of the pictures interpolated by cubics, not linearly");
    amount("--untouched", a.untouched, 1, "Part of the pictures left as they are");
    app.add_flag("--keep-levels,!--no-keep-levels", a.keep_levels,
                 "Give changed pictures the levels of ink that they had, unless strokes are varied")
        ->group(group);
    app.add_flag("--refit,!--no-refit", a.refit,
                 "Frame every changed picture anew, as the server would")
        ->group(group);
    amount("--square", a.square, 1,
           "Part of the pictures that are stretched some way towards a square, with --refit");
    add_option(
        app, "--views", s.views,
        "Change each picture in so many ways, in turn, and show each to the teachers once; 0: "
        "anew every epoch",
        group)
        ->check(CLI::Range(0, 1000));
}

void add_distillation(CLI::App& app, Settings& s) {
    const std::string group = "Distillation";
    app.add_option("--teacher", s.teachers, "Weights files whose answers are to be learnt too")
        ->type_name("FILE")
        ->group(group);
    add_option(app, "--conv-teachers", s.conv.count,
               "Convolutional networks to train first and learn from too", group)
        ->check(CLI::Range(0, 16));
    add_option(app, "--conv-drawn", s.conv.of_drawn,
               "As many of them, at most, learn from drawn pictures too and are asked about those",
               group)
        ->check(CLI::Range(1, 16));
    app.add_option_function<std::string>(
           "--conv-shape",
           [&s](const std::string& text) {
               s.conv.shape = ConvShape::parse(text);
               if (s.conv.shape.empty())
                   throw CLI::ValidationError(
                       "--conv-shape",
                       "takes channels in multiples of 16, p where pooled, not " + text);
           },
           "Their stages: channels, and p where pooled")
        ->default_str(ConvShape{s.conv.shape}.name())
        ->type_name("SHAPE")
        ->group(group);
    add_option(app, "--conv-epochs", s.conv.epochs, "Their passes over the training pictures",
               group)
        ->check(CLI::Range(1, 1000000));
    add_option(app, "--conv-batch-size", s.conv.batch_size, "Their pictures a step", group)
        ->check(CLI::Range(1, 65536));
    add_option(app, "--conv-learning-rate", s.conv.learning_rate, "Its highest value", group)
        ->check(CLI::Range(0.0, 1.0));
    add_option(app, "--teacher-weight", s.teacher_weight, "Their part of the loss", group)
        ->check(CLI::Range(0.0, 1.0));
    add_option(app, "--temperature", s.temperature, "That softens their answers", group)
        ->check(CLI::Range(0.1, 100.0));
}

}  // namespace

void add_settings_options(CLI::App& app, Settings& settings) {
    add_network(app, settings);
    add_optimisation(app, settings);
    add_augmentation(app, settings);
    add_distillation(app, settings);
}

}  // namespace digit
