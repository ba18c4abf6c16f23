// SPDX-License-Identifier: Apache-2.0
// digit-train: labelled pictures to a weights file.
#include <unistd.h>

#include <cstdio>

#include "libdigit/weights_file.h"
#include "trainer/blas_kernels.h"
#include "trainer/command_line.h"
#include "trainer/conv_teachers.h"
#include "trainer/early_exit.h"
#include "trainer/interrupt.h"
#include "trainer/options.h"
#include "trainer/publish.h"
#include "trainer/report.h"
#include "trainer/session.h"
#include "trainer/training.h"
#include "trainer/training_data.h"

namespace digit {

namespace {

constexpr const char* kProgram = "digit-train";

// As a shell reports a program that Ctrl-C has ended.
constexpr int kInterrupted = 130;

Status read_networks(const TrainOptions& options, GivenNetworks& networks) {
    if (!options.init.empty()) {
        Result<NetworkParameters> initial = read_weights(options.init);
        if (!initial) return initial.status();
        networks.initial = std::move(*initial);
    }
    for (const std::string& path : options.settings.teachers) {
        Result<NetworkParameters> teacher = read_weights(path);
        if (!teacher) return teacher.status();
        networks.teachers.perceptrons.push_back(std::move(*teacher));
    }
    return {};
}

// A network that is given brings its own shape, and what its units do not see they go on not to
// see: a weight that is zero costs the server nothing. Errors: of its metadata.
Status take_shape(const NetworkParameters& network, TrainOptions& options) {
    Settings& settings = options.settings;
    settings.hidden.clear();
    for (std::size_t l = 0; l + 1 < network.layers.size(); ++l)
        settings.hidden.push_back(network.layers[l].outputs);
    settings.activation = network.activation;
    settings.normalised = false;
    settings.centred = false;
    settings.shared_weights = 0;
    if (options.receptive_field_given) return {};
    std::vector<int> units = settings.hidden;
    units.push_back(kDigits);
    const auto fields = receptive_fields_of(network.metadata, units);
    if (!fields.ok()) return fields.status();
    settings.receptive_fields = *fields;
    // The last layer's have nothing to win.
    settings.receptive_fields.resize(std::min(fields->size(), settings.hidden.size()));
    return {};
}

// A sentence, or nothing where the fields can be had.
std::string wrong_with_fields(const Settings& settings) {
    const auto fitted = fit_receptive_fields(settings.receptive_fields, settings.hidden);
    if (fitted.ok()) return "";
    return "what --receptive-field says " + fitted.status().detail +
           "; --hidden has the layers' widths (--init brings its own), and with "
           "--receptive-field 0,1 each unit sees the whole picture";
}

bool can_have_early_exit(const Settings& settings) {
    return settings.hidden.size() >= 2 && settings.activation == Activation::kRelu;
}

// Where there is nothing that a recipe's could spare.
void leave_out_early_exit(TrainOptions& options) {
    if (!options.early_exit_given && !can_have_early_exit(options.settings))
        options.settings.early_exit.units = 0;
}

// A sentence, or nothing where the network can have what is asked for.
std::string wrong_with_early_exit(const Settings& settings) {
    if (settings.early_exit.units == 0 || can_have_early_exit(settings)) return "";
    return "an early exit spares a network of relu work that has two hidden layers or more (see "
           "--hidden and --activation); --early-exit 0 makes none";
}

// Options and the network to begin from, if there is one, agree. Errors: as the file's.
Status fit_to_network(const std::optional<NetworkParameters>& network, TrainOptions& options) {
    if (!network) return {};
    Status status = take_shape(*network, options);
    const auto fields =
        fit_receptive_fields(options.settings.receptive_fields, options.settings.hidden);
    for (std::size_t l = 0; status.ok() && fields.ok() && l < fields->size(); ++l)
        status = check_outside_fields(view_of(*network).layers[l], (*fields)[l],
                                      "layers." + std::to_string(l));
    if (!status.ok()) status.where = options.init + ": " + status.where;
    return status;
}

void mention_refused(const TrainingData& data) {
    if (data.refused.empty()) return;
    std::fprintf(stderr, "%s: %zu pictures left out, the first is %s.\n", kProgram,
                 data.refused.size(), data.refused.front().c_str());
}

// The weights file, and the report where one is wanted.
Status write_all(const TrainOptions& options, const TrainingData& data, const Session& session,
                 const Outcome& outcome, const NetworkParameters& network) {
    Status written = write_weights(options.output, network, options.settings.dtype);
    if (!written.ok() || options.report.empty()) return written;
    return write_report(options.report, session.history(), data, outcome, network.metadata);
}

// Result: false if the user interrupted.
Result<bool> add_early_exit(const Settings& settings, const TrainingData& data, Team& team,
                            NetworkParameters& network) {
    const Result<EarlyExitFit> fit = fit_early_exit(settings, data, team, network);
    if (!fit) return fit.status();
    if (fit->interrupted) return false;
    if (network.early_exit.empty())
        std::fprintf(stderr,
                     "%s: no early exit, for it would contradict the network however sure it is.\n",
                     kProgram);
    if (fit->share) std::printf("early_exit_share: %.4f\n", *fit->share);
    return true;
}

// Result: whether all of it was done, false if the user interrupted.
Result<bool> publish(const TrainOptions& options, const TrainingData& data, Session& session,
                     Team& team) {
    const bool wants_exit = options.settings.early_exit.units > 0 && !session.was_interrupted();
    // From here on --resume has no more to do than this; where it cannot be written, the network
    // still can.
    const Status kept = wants_exit ? session.save_checkpoint() : Status{};
    NetworkParameters network = session.network();
    // What is judged is what will serve, but for an early exit, which says the same.
    if (options.settings.dtype == WeightsDtype::kI8) round_to_bytes(network);
    const Outcome outcome = judge(network, data, options, team);
    network.metadata = describe_training(options, data, session, outcome);
    if (data.validation.size() > 0 && data.test.size() > 0 && !session.was_interrupted())
        std::printf("test_accuracy: %.4f\n", outcome.test.accuracy());
    Status status = write_all(options, data, session, outcome, network);
    if (!status.ok()) return status;
    if (!wants_exit) return !session.was_interrupted();
    if (!kept.ok()) return kept;
    const Result<bool> added = add_early_exit(options.settings, data, team, network);
    if (!added || !*added) return added;
    status = write_all(options, data, session, outcome, network);
    if (!status.ok()) return status;
    return true;
}

int tell_interrupted() {
    std::fprintf(stderr, "%s: stopped; the same command with --resume goes on.\n", kProgram);
    return kInterrupted;
}

int run(TrainOptions options) {
    GivenNetworks networks;
    Status status = read_networks(options, networks);
    if (!status.ok()) return failure(kProgram, status);
    status = fit_to_network(networks.initial, options);
    if (!status.ok()) return failure(kProgram, status);
    leave_out_early_exit(options);
    for (const std::string& wrong :
         {wrong_with_fields(options.settings), wrong_with_early_exit(options.settings)})
        if (!wrong.empty()) return usage_error(kProgram, wrong);
    Team team(options.settings.threads);
    TrainingData data;
    status = load_training_data(options, team, data);
    if (!status.ok()) return failure(kProgram, status);
    mention_refused(data);

    catch_interrupts();
    Result<ConvTeachers> teachers = train_conv_teachers(options, data, team);
    if (!teachers) return failure(kProgram, teachers.status());
    if (teachers->interrupted) return tell_interrupted();
    networks.teachers.convolutional = std::move(teachers->networks.convolutional);
    networks.teachers.strangers_to_drawn = teachers->networks.strangers_to_drawn;

    Training training(options.settings, data.train, team, std::move(networks));
    Session session(options, data, training, team);
    if (options.resume) status = session.resume();
    if (status.ok()) status = session.train();
    if (!status.ok()) return failure(kProgram, status);
    const Result<bool> published = publish(options, data, session, team);
    if (!published) return failure(kProgram, published.status());
    if (!*published) return tell_interrupted();
    unlink(options.checkpoint.c_str());
    if (!options.keep_checkpoints) forget_conv_teachers(options);
    return 0;
}

}  // namespace

}  // namespace digit

int main(int argc, char** argv) {
    digit::start_with_blas_kernels_of_this_cpu(argv);
    std::variant<digit::TrainOptions, int> parsed = digit::parse_train_options(argc, argv);
    if (const int* status = std::get_if<int>(&parsed)) return *status;
    return digit::run(std::move(std::get<digit::TrainOptions>(parsed)));
}
