// SPDX-License-Identifier: Apache-2.0
#include "trainer/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "trainer/command_line.h"
#include "trainer/download.h"
#include "trainer/team.h"

namespace digit {

namespace {

// The settings that the options begin from: the recipe's, which must be known before the others
// are read, wherever it stands on the command line.
Settings settings_of_recipe(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        std::string name;
        if (argument == "--recipe" && i + 1 < argc) name = argv[i + 1];
        if (argument.starts_with("--recipe=")) name = argument.substr(9);
        for (const Recipe& recipe : recipes())
            if (name == recipe.name) settings = recipe.settings;
        if (argument == "--augment") settings.augment = AugmentSettings::usual();
    }
    return settings;
}

std::string recipe_help() {
    std::string text = "Begin from a named set of settings:";
    for (const Recipe& recipe : recipes())
        text += std::string("\n") + recipe.name + ": " + recipe.description;
    return text;
}

template <class T>
CLI::Option* add(CLI::App& app, const std::string& name, T& value, const std::string& help,
                 const std::string& group) {
    return app.add_option(name, value, help)->capture_default_str()->group(group);
}

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
    add(app, "--hidden", s.hidden, "Widths of the hidden layers, such as 512,256", group)
        ->delimiter(',')
        ->check(CLI::Range(1, 16384));
    add_choice<Activation>(app, "--activation", s.activation,
                           {{"relu", Activation::kRelu}, {"tanh", Activation::kTanh}},
                           "Between layers: relu or tanh", group);
    app.add_flag("--batch-norm,!--no-batch-norm", s.normalised,
                 "Normalise hidden layers over each batch; folded into the weights at the end")
        ->group(group);
    app.add_flag("--centred,!--uncentred", s.centred,
                 "Train on pixels from -1 to 1; the weights file takes them from 0 to 1 either way")
        ->group(group);
}

void add_optimisation(CLI::App& app, Settings& s) {
    const std::string group = "Optimisation";
    add(app, "--epochs", s.epochs, "Passes over the training pictures", group)
        ->check(CLI::Range(1, 1000000));
    add(app, "--batch-size", s.batch_size, "Pictures a step", group)->check(CLI::Range(1, 65536));
    add_choice<OptimiserKind>(app, "--optimiser,--optimizer", s.optimiser,
                              {{"sgd", OptimiserKind::kSgd}, {"adamw", OptimiserKind::kAdamW}},
                              "sgd or adamw", group);
    add(app, "--learning-rate", s.learning_rate, "Its highest value", group)
        ->check(CLI::Range(0.0, 100.0));
    add(app, "--momentum", s.momentum, "Of sgd; the first beta of adamw", group)
        ->check(CLI::Range(0.0, 0.9999));
    CLI::Option* decay =
        add(app, "--weight-decay", s.weight_decay,
            "Part of every weight that a step takes away, times the learning rate", group)
            ->check(CLI::Range(0.0, 1.0));
    app.add_option_function<float>(
           "--lambda", [&s](const float& lambda) { s.lambda = lambda; },
           "The same, times the number of training pictures (L2 as Nielsen writes it)")
        ->check(CLI::Range(0.0, 1e6))
        ->excludes(decay)
        ->group(group);
    decay->each([&s](const std::string&) { s.lambda.reset(); });
    add(app, "--average", s.average,
        "Publish a running average of the parameters, of which a step keeps this part", group)
        ->check(CLI::Range(0.0, 0.99999));
    add(app, "--dropout", s.dropout, "Part of the hidden units that a step leaves out", group)
        ->check(CLI::Range(0.0, 0.95));
    add(app, "--label-smoothing", s.label_smoothing, "Part of the target spread over all digits",
        group)
        ->check(CLI::Range(0.0, 0.9));
    add(app, "--mixup", s.mixup, "Mix pictures in pairs, by a Beta distribution of this parameter",
        group)
        ->check(CLI::Range(0.0, 10.0));
    add_choice<Schedule>(app, "--schedule", s.schedule,
                         {{"constant", Schedule::kConstant}, {"cosine", Schedule::kCosine}},
                         "Of the learning rate: constant or cosine", group);
    add(app, "--warm-up", s.warm_up_epochs, "Epochs over which the learning rate rises", group)
        ->check(CLI::Range(0.0, 1e6));
}

void add_augmentation(CLI::App& app, Settings& s) {
    const std::string group = "Augmentation (amounts are drawn anew for every picture)";
    AugmentSettings& a = s.augment;
    app.add_flag_function(
           "--augment", [](std::int64_t) {}, "Begin from usual amounts of all of these")
        ->group(group);
    const auto amount = [&](const char* name, float& value, double most, const char* help) {
        add(app, name, value, help, group)->check(CLI::Range(0.0, most));
    };
    amount("--rotation", a.rotation, 180, "Up to this many degrees either way");
    amount("--shear", a.shear, 2, "Slant either way, as columns a row");
    amount("--stretch", a.stretch, 1, "Of the logarithm of width and height, either way");
    amount("--shift", a.shift, 14, "Pixels either way");
    amount("--elastic", a.elastic, 10, "Root mean square of smooth displacements, in pixels");
    add(app, "--elastic-sigma", a.elastic_sigma, "How smooth: of a Gaussian, in pixels", group)
        ->check(CLI::Range(1.0, 28.0));
    amount("--thinner", a.thinner, 2, "Pixels taken from each side of a stroke");
    amount("--thicker", a.thicker, 3, "Pixels added to each side of a stroke");
    amount("--blur", a.blur, 1, "Part of a binomial blur");
    amount("--contrast", a.contrast, 1, "Of the factor on the ink, either way");
    app.add_flag("--refit,!--no-refit", a.refit,
                 "Frame every changed picture anew, as the server would")
        ->group(group);
}

void add_drawing(CLI::App& app, TrainOptions& options) {
    const std::string group = "Drawn digits";
    DrawnSettings& d = options.settings.drawn;
    add(app, "--drawn", d.pictures, "Drawn pictures to learn from, an epoch", group)
        ->check(CLI::Range(0, 10000000));
    add(app, "--others", d.others,
        "Drawn pictures of letters, scribbles and the like, to be unsure of, an epoch", group)
        ->check(CLI::Range(0, 10000000));
    add(app, "--drawn-fresh", d.fresh, "Part of them that is drawn anew for every epoch", group)
        ->check(CLI::Range(0.0, 1.0));
    add(app, "--font-share", d.font_share, "Printed part of the digits; pens write the others",
        group)
        ->check(CLI::Range(0.0, 1.0));
    add(app, "--drawn-augment", d.augment, "Part of the amounts of augmentation that they get",
        group)
        ->check(CLI::Range(0.0, 2.0));
    app.add_option("--fonts", options.fonts, "Folder with fonts (default: the system's)")
        ->type_name("DIR")
        ->allow_extra_args(false)
        ->group(group);
}

void add_distillation(CLI::App& app, Settings& s) {
    const std::string group = "Distillation";
    app.add_option("--teacher", s.teachers, "Weights files whose answers are to be learnt too")
        ->type_name("FILE")
        ->group(group);
    add(app, "--teacher-weight", s.teacher_weight, "Their part of the loss", group)
        ->check(CLI::Range(0.0, 1.0));
    add(app, "--temperature", s.temperature, "That softens their answers", group)
        ->check(CLI::Range(0.1, 100.0));
}

void add_data(CLI::App& app, TrainOptions& options) {
    Settings& s = options.settings;
    const std::string group = "Data";
    app.add_option("--data", options.data,
                   "Folder with the IDX files of MNIST, gzipped or not, or with labelled pictures "
                   "as DIR/7/*.png; several are learnt from together")
        ->type_name("DIR")
        ->allow_extra_args(false)
        ->group(group);
    app.add_flag("--download", options.download,
                 "Fetch what is missing of MNIST into --data, by default the user's cache folder")
        ->group(group);
    add(app, "--mirror", options.mirror, "Where --download fetches NAME.gz from", group)
        ->type_name("URL");
    add(app, "--own-share", s.own_share,
        "Part of an epoch that pictures from folders are at least, beside MNIST", group)
        ->check(CLI::Range(0.0, 0.95));
    add(app, "--validation", s.validation,
        "Training pictures set aside to choose by; the test pictures are then looked at once, "
        "at the end",
        group)
        ->check(CLI::Range(0, 1000000));
    add(app, "--inverted", s.inverted, "Part of the training and test pictures to invert", group)
        ->check(CLI::Range(0.0, 1.0));
}

void add_run(CLI::App& app, TrainOptions& options) {
    Settings& s = options.settings;
    const std::string group = "Run";
    add(app, "--seed", s.seed, "Of all random numbers", group);
    add(app, "--threads", s.threads, "The same number gives the same bits", group)
        ->check(CLI::Range(1, 64));
    add(app, "--evaluate-every", s.evaluate_every,
        "Epochs between looks at the validation or test pictures", group)
        ->check(CLI::Range(1, 1000000));
    add(app, "--patience", options.patience,
        "Stop after this many looks without improvement, and keep the best network", group)
        ->check(CLI::Range(0, 1000000));
    app.add_option("--checkpoint", options.checkpoint,
                   "Where an interrupted training is kept (default: OUTPUT.checkpoint)")
        ->type_name("FILE")
        ->group(group);
    add(app, "--checkpoint-minutes", options.checkpoint_minutes,
        "Time between checkpoints; one is also written on Ctrl-C", group)
        ->check(CLI::Range(0, 100000));
    app.add_flag("--resume", options.resume, "Go on from the checkpoint")->group(group);
    add(app, "--kept", options.kept,
        "Part of the validation pictures whose answers are not to be called uncertain", group)
        ->check(CLI::Range(0.0, 1.0));
}

void add_files(CLI::App& app, TrainOptions& options) {
    const std::string group = "Files";
    add(app, "--output", options.output, "Weights file to write", group)->type_name("FILE");
    app.add_option("--init", options.init,
                   "Begin from this weights file, of which the network's shape is taken")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--metrics", options.metrics, "Write a line a look, as CSV")
        ->type_name("FILE.csv")
        ->group(group);
    app.add_option("--report", options.report,
                   "Write a page with curves, mistakes and calibration into this folder")
        ->type_name("DIR")
        ->group(group);
}

}  // namespace

std::variant<TrainOptions, int> parse_train_options(int argc, char** argv) {
    TrainOptions options;
    options.mirror = kMnistMirror;
    options.settings = settings_of_recipe(argc, argv);
    options.settings.threads = available_cores();
    CLI::App app("Trains a network that reads digits, and writes it to a weights file.",
                 "digit-train");
    app.set_version_flag("--version", version_line("digit-train"));
    std::vector<std::string> names;
    for (const Recipe& recipe : recipes()) names.push_back(recipe.name);
    app.add_option("--recipe", options.settings.recipe, recipe_help())
        ->check(CLI::IsMember(names))
        ->type_name("NAME");
    add_data(app, options);
    add_network(app, options.settings);
    add_optimisation(app, options.settings);
    add_augmentation(app, options.settings);
    add_drawing(app, options);
    add_distillation(app, options.settings);
    add_run(app, options);
    add_files(app, options);
    if (const std::optional<int> status = parse_command_line(app, argc, argv)) return *status;
    if (options.data.empty() && options.download && !cache_folder().empty())
        options.data.push_back(cache_folder());
    if (options.data.empty())
        return usage_error("digit-train",
                           "say where MNIST lies with --data DIR, or fetch it with --download");
    if (options.patience > 0 && options.settings.validation == 0)
        return usage_error("digit-train",
                           "--patience needs pictures to choose by: set some aside with "
                           "--validation");
    if (options.checkpoint.empty()) options.checkpoint = options.output + ".checkpoint";
    return options;
}

}  // namespace digit
