// SPDX-License-Identifier: Apache-2.0
#include "trainer/classify_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "installed_paths.h"
#include "trainer/command_line.h"
#include "trainer/team.h"

namespace digit {

namespace {

namespace fs = std::filesystem;

// The model where none is named: $DIGIT_MODEL, the installed one, or, for a program that has not
// been installed, the one of the source tree that it was built in.
std::string default_model() {
    if (const char* named = std::getenv("DIGIT_MODEL"); named != nullptr) return named;
    std::error_code ignored;
    if (fs::exists(DIGIT_MODEL_FILE, ignored)) return DIGIT_MODEL_FILE;
    fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (int up = 0; up < 4 && !folder.empty(); ++up, folder = folder.parent_path()) {
        const fs::path built = folder / "models" / "digit.safetensors";
        if (fs::exists(built, ignored)) return built;
    }
    return DIGIT_MODEL_FILE;
}

}  // namespace

std::variant<ClassifyOptions, int> parse_classify_options(int argc, char** argv) {
    ClassifyOptions options;
    options.model = default_model();
    options.threads = available_cores();
    CLI::App app("Tells which digit a picture shows, as the server would.", "digit-classify");
    app.set_version_flag("--version", version_line("digit-classify"));
    app.add_option("PICTURE", options.pictures, "PNG, JPEG or GIF files");
    app.add_option("--model", options.model, "Weights file")
        ->type_name("FILE")
        ->capture_default_str();
    app.add_flag("--json", options.json, "Answer in JSON, one object a line");
    app.add_flag("--explain", options.explain, "Also tell what was seen and done");
    CLI::Option* labels =
        app.add_option("--labels", options.labels,
                       "Classify the pictures of a CSV file with the columns path and label, and "
                       "print a confusion matrix")
            ->type_name("FILE.csv");
    app.add_option("--root", options.root,
                   "Folder that those paths begin from (default: the CSV file's)")
        ->type_name("DIR")
        ->needs(labels);
    CLI::Option* mnist = app.add_option("--mnist", options.mnist,
                                        "The same with the test pictures of MNIST in this folder")
                             ->type_name("DIR")
                             ->excludes(labels);
    CLI::Option* validation =
        app.add_option("--validation", options.validation,
                       "In place of the test pictures, as many of the training pictures as "
                       "digit-train --validation sets aside")
            ->type_name("N")
            ->check(CLI::Range(1, 60000))
            ->needs(mnist);
    app.add_option("--seed", options.seed, "Of the training that sets them aside")
        ->capture_default_str()
        ->needs(validation);
    app.add_flag("--inverted", options.inverted, "Dark on light instead")->needs(mnist);
    app.add_flag("--inspect", options.inspect, "Print what the weights file says of itself");
    CLI::Option* sheet = app.add_option("--contact-sheet", options.contact_sheet,
                                        "Draw the pictures, what the network saw, and the answers")
                             ->type_name("OUT.png");
    app.add_flag("--mistakes", options.mistakes, "Put only wrong answers on the contact sheet")
        ->needs(sheet);
    app.add_option("--threads", options.threads, "How many pictures at a time")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    if (const std::optional<int> status = parse_command_line(app, argc, argv)) return *status;

    const bool set = !options.labels.empty() || !options.mnist.empty();
    if (set && !options.pictures.empty())
        return usage_error("digit-classify", "name pictures or a set of them, not both");
    if (!set && !options.inspect && options.pictures.empty())
        return usage_error("digit-classify",
                           "name a picture, a list with --labels, or MNIST with --mnist");
    if (options.root.empty() && !options.labels.empty())
        options.root = fs::path(options.labels).parent_path();
    return options;
}

}  // namespace digit
