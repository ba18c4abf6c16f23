// SPDX-License-Identifier: Apache-2.0
#include "trainer/options.h"

#include <CLI/CLI.hpp>
#include <string>

#include "trainer/command_line.h"
#include "trainer/download.h"
#include "trainer/settings_options.h"
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
    }
    for (int i = 1; i < argc; ++i)
        if (std::string(argv[i]) == "--augment") settings.augment = AugmentSettings::usual();
    return settings;
}

std::string recipe_help() {
    std::string text = "Begin from a named set of settings:";
    for (const Recipe& recipe : recipes())
        text += std::string("\n") + recipe.name + ": " + recipe.description;
    return text;
}

void add_drawing(CLI::App& app, TrainOptions& options) {
    const std::string group = "Drawn digits";
    DrawnSettings& d = options.settings.drawn;
    add_option(app, "--drawn", d.pictures, "Drawn pictures to learn from, an epoch", group)
        ->check(CLI::Range(0, 10000000));
    add_option(app, "--others", d.others,
               "Drawn pictures of letters, scribbles and the like, to be unsure of, an epoch",
               group)
        ->check(CLI::Range(0, 10000000));
    add_option(app, "--drawn-fresh", d.fresh, "Part of them that is drawn anew for every epoch",
               group)
        ->check(CLI::Range(0.0, 1.0));
    add_option(app, "--font-share", d.font_share,
               "Printed part of the digits; pens write the others", group)
        ->check(CLI::Range(0.0, 1.0));
    add_option(app, "--drawn-augment", d.augment,
               "Part of the amounts of augmentation that they get", group)
        ->check(CLI::Range(0.0, 2.0));
    app.add_option("--fonts", options.fonts, "Folder with fonts (default: the system's)")
        ->type_name("DIR")
        ->allow_extra_args(false)
        ->group(group);
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
    add_option(app, "--mirror", options.mirror, "Where --download fetches NAME.gz from", group)
        ->type_name("URL");
    add_option(app, "--own-share", s.own_share,
               "Part of an epoch that pictures from folders are at least, beside MNIST", group)
        ->check(CLI::Range(0.0, 0.95));
    add_option(
        app, "--validation", s.validation,
        "Training pictures set aside to choose by; the test pictures are then looked at once, "
        "at the end",
        group)
        ->check(CLI::Range(0, 1000000));
    add_option(app, "--inverted", s.inverted, "Part of the training and test pictures to invert",
               group)
        ->check(CLI::Range(0.0, 1.0));
}

void add_run(CLI::App& app, TrainOptions& options) {
    Settings& s = options.settings;
    const std::string group = "Run";
    add_option(app, "--seed", s.seed, "Of all random numbers", group);
    add_option(app, "--threads", s.threads, "The same number gives the same bits", group)
        ->check(CLI::Range(1, 64));
    add_option(app, "--evaluate-every", s.evaluate_every,
               "Epochs between looks at the validation or test pictures", group)
        ->check(CLI::Range(1, 1000000));
    add_option(app, "--patience", options.patience,
               "Stop after this many looks without improvement, and keep the best network", group)
        ->check(CLI::Range(0, 1000000));
    app.add_option("--checkpoint", options.checkpoint,
                   "Where an interrupted training is kept (default: OUTPUT.checkpoint)")
        ->type_name("FILE")
        ->group(group);
    add_option(app, "--checkpoint-minutes", options.checkpoint_minutes,
               "Time between checkpoints; one is also written on Ctrl-C", group)
        ->check(CLI::Range(0, 100000));
    app.add_flag("--resume", options.resume, "Go on from the checkpoint")->group(group);
    app.add_flag("--keep-checkpoints", options.keep_checkpoints,
                 "Leave those of the convolutional teachers when the training is done; with "
                 "--resume another one learns from them")
        ->group(group);
    add_option(app, "--kept", options.kept,
               "Part of the validation pictures whose answers are not to be called uncertain",
               group)
        ->check(CLI::Range(0.0, 1.0));
}

void add_files(CLI::App& app, TrainOptions& options) {
    const std::string group = "Files";
    add_option(app, "--output", options.output, "Weights file to write", group)->type_name("FILE");
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
    add_settings_options(app, options.settings);
    add_drawing(app, options);
    add_run(app, options);
    add_files(app, options);
    if (const std::optional<int> status = parse_command_line(app, argc, argv)) return *status;
    options.receptive_field_given = app.count("--receptive-field") > 0;
    options.early_exit_given = app.count("--early-exit") > 0;
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
