// SPDX-License-Identifier: Apache-2.0
#include "trainer/publish.h"

#include <algorithm>
#include <cstdio>

#include "trainer/settings_text.h"

namespace digit {

namespace {

std::string fixed(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

// The part of the answers that would be called uncertain.
double part_below(const Evaluation& seen, const Calibration& calibration) {
    const auto below = std::count_if(
        seen.logits.begin(), seen.logits.end(), [&](const std::array<float, kDigits>& logits) {
            const auto p = probabilities_of(logits, calibration.temperature);
            return *std::max_element(p.begin(), p.end()) < calibration.uncertain_below;
        });
    return seen.logits.empty()
               ? 0
               : static_cast<double>(below) / static_cast<double>(seen.logits.size());
}

}  // namespace

Outcome judge(const NetworkParameters& network, const TrainingData& data,
              const TrainOptions& options, Team& team) {
    Outcome outcome;
    outcome.validation = evaluate(network, data.validation, team);
    outcome.test = evaluate(network, data.test, team);
    outcome.drawn = evaluate(network, data.drawn_validation, team);
    if (data.validation.size() > 0) {
        Evaluation both = outcome.validation;
        both.logits.insert(both.logits.end(), outcome.drawn.logits.begin(),
                           outcome.drawn.logits.end());
        std::vector<std::uint8_t> labels(data.validation.labels.begin(),
                                         data.validation.labels.end());
        labels.insert(labels.end(), data.drawn_validation.labels.begin(),
                      data.drawn_validation.labels.end());
        outcome.calibration = calibrate(both, labels, options.kept);
        outcome.others_flagged =
            part_below(evaluate(network, data.others_validation, team), *outcome.calibration);
    }
    return outcome;
}

Metadata describe_training(const TrainOptions& options, const TrainingData& data,
                           const Session& session, const Outcome& outcome) {
    Metadata metadata;
    for (auto [name, value] : settings_text(options.settings)) {
        if (name.starts_with("early-exit")) continue;  // told where there is one
        std::replace(name.begin(), name.end(), '-', '_');
        // The format's own names are taken: "temperature" is that of the answers.
        if (name == "temperature") name = "teacher_temperature";
        if (name != "activation") metadata[name] = value;
    }
    metadata["epochs_done"] = "0";
    if (!session.history().empty()) {
        const EpochRecord& last = session.history().back();
        metadata["epochs_done"] = std::to_string(last.epoch + 1);
        metadata["train_accuracy"] = fixed(last.train_accuracy);
    }
    metadata["training_pictures"] = std::to_string(data.train.pictures.size());
    if (data.train.own > 0) metadata["own_pictures"] = std::to_string(data.train.own);
    metadata["data_sha256"] = data.digest;
    if (data.validation.size() > 0)
        metadata["validation_accuracy"] = fixed(outcome.validation.accuracy());
    if (data.pool) {
        if (!data.pool->fingerprint().empty()) metadata["fonts"] = data.pool->fingerprint();
        if (data.drawn_validation.size() > 0)
            metadata["drawn_accuracy"] = fixed(outcome.drawn.accuracy());
    }
    if (data.others_validation.size() > 0)
        metadata["others_flagged"] = fixed(outcome.others_flagged);
    if (data.test.size() > 0) metadata["test_accuracy"] = fixed(outcome.test.accuracy());
    if (outcome.calibration) {
        metadata["temperature"] = fixed(static_cast<double>(outcome.calibration->temperature));
        metadata["uncertain_below"] =
            fixed(static_cast<double>(outcome.calibration->uncertain_below));
        metadata["calibration_error"] = fixed(outcome.calibration->error_after);
    }
    return metadata;
}

}  // namespace digit
