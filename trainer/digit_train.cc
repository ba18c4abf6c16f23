// SPDX-License-Identifier: Apache-2.0
// digit-train: MNIST to a weights file.
#include <cstdio>
#include <optional>

#include "libdigit/weights_file.h"
#include "trainer/command_line.h"
#include "trainer/dataset.h"
#include "trainer/download.h"
#include "trainer/evaluate.h"
#include "trainer/options.h"
#include "trainer/progress.h"
#include "trainer/training.h"

namespace digit {

namespace {

constexpr const char* kProgram = "digit-train";

// What is trained on, chosen by and reported.
struct Data {
    Dataset train;
    Dataset validation;
    Dataset test;
};

Result<Data> load(const TrainOptions& options) {
    const Settings& settings = options.settings;
    if (options.download) {
        Status status = download_mnist(options.mirror, options.data);
        if (!status.ok()) return status;
    }
    Result<Mnist> mnist = read_mnist(options.data);
    if (!mnist) return mnist.status();
    Data data{std::move(mnist->train), {}, std::move(mnist->test)};
    if (settings.validation >= data.train.size())
        return Status{Code::kIo, "--validation",
                      "leaves nothing to train on: there are " + std::to_string(data.train.size()) +
                          " pictures"};
    if (settings.inverted > 0) {
        invert_part(data.train, settings.inverted, settings.seed, 0);
        invert_part(data.test, settings.inverted, settings.seed, 1);
    }
    data.validation = split_off(data.train, settings.validation, settings.seed);
    return data;
}

std::string fraction(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

Metadata describe(const Settings& settings, const Data& data, const Training& training) {
    Metadata metadata;
    if (!settings.recipe.empty()) metadata["recipe"] = settings.recipe;
    metadata["seed"] = std::to_string(settings.seed);
    metadata["threads"] = std::to_string(settings.threads);
    metadata["epochs"] = std::to_string(training.epochs_done());
    metadata["batch_size"] = std::to_string(settings.batch_size);
    metadata["learning_rate"] = fraction(static_cast<double>(settings.learning_rate));
    metadata["optimiser"] = optimiser_name(settings.optimiser);
    metadata["schedule"] = schedule_name(settings.schedule);
    metadata["training_pictures"] = std::to_string(data.train.size());
    metadata["data_sha256"] = digest_of(data.train);
    return metadata;
}

// Between the epochs of a training that will be chosen by validation, the test pictures are not
// looked at.
void print_epoch(int epoch, const LossSums& sums, const Evaluation& seen, bool validates) {
    std::printf("Epoch %d train_accuracy: %.3f  ", epoch,
                static_cast<double>(sums.correct) / static_cast<double>(sums.count));
    if (validates)
        std::printf("validation_accuracy: %.4f  (%d of %zu wrong, loss %.4f)\n", seen.accuracy(),
                    static_cast<int>(seen.logits.size()) - seen.correct, seen.logits.size(),
                    seen.loss);
    else
        std::printf("test_accuracy: %.3f\n", seen.accuracy());
    std::fflush(stdout);
}

int train(const TrainOptions& options) {
    const Settings& settings = options.settings;
    Result<Data> data = load(options);
    if (!data) return failure(kProgram, data.status());
    std::vector<NetworkParameters> teachers;
    for (const std::string& path : settings.teachers) {
        Result<NetworkParameters> teacher = read_weights(path);
        if (!teacher) return failure(kProgram, teacher.status());
        teachers.push_back(std::move(*teacher));
    }
    Team team(settings.threads);
    Training training(settings, data->train, team, std::move(teachers));
    const bool validates = data->validation.size() > 0;
    const std::int64_t per_epoch = training.pictures_an_epoch();
    Progress progress(per_epoch * settings.epochs, "pictures");
    LossSums sums;
    for (int epoch = 0; epoch < settings.epochs; ++epoch) {
        const std::string label =
            "epoch " + std::to_string(epoch + 1) + " of " + std::to_string(settings.epochs);
        sums = training.run_epoch(
            [&](std::int64_t done) { progress.update(epoch * per_epoch + done, label); });
        if ((epoch + 1) % settings.evaluate_every != 0 && epoch + 1 < settings.epochs) continue;
        const NetworkParameters now = training.network();
        const Evaluation seen = evaluate(now, validates ? data->validation : data->test, team);
        progress.clear();
        print_epoch(epoch, sums, seen, validates);
    }
    NetworkParameters network = training.network();
    network.metadata = describe(settings, *data, training);
    network.metadata["train_accuracy"] =
        fraction(static_cast<double>(sums.correct) / static_cast<double>(sums.count));
    if (validates)
        network.metadata["validation_accuracy"] =
            fraction(evaluate(network, data->validation, team).accuracy());
    const double test_accuracy = evaluate(network, data->test, team).accuracy();
    network.metadata["test_accuracy"] = fraction(test_accuracy);
    if (validates) std::printf("test_accuracy: %.4f\n", test_accuracy);
    const Status written = write_weights(options.output, network, WeightsDtype::kF32);
    if (!written.ok()) return failure(kProgram, written);
    return 0;
}

}  // namespace

}  // namespace digit

int main(int argc, char** argv) {
    std::variant<digit::TrainOptions, int> parsed = digit::parse_train_options(argc, argv);
    if (const int* status = std::get_if<int>(&parsed)) return *status;
    return digit::train(std::get<digit::TrainOptions>(parsed));
}
