// SPDX-License-Identifier: Apache-2.0
#include "trainer/mlp_learner.h"

namespace digit {

namespace {

std::vector<ReceptiveFields> fields_of(const Settings& settings) {
    std::vector<ReceptiveFields> fields;
    // Of settings that were found to fit.
    const auto fitted = fit_receptive_fields(settings.receptive_fields, settings.hidden);
    for (std::size_t l = 0; l < fitted->size(); ++l)
        fields.emplace_back((*fitted)[l], settings.hidden[l]);
    return fields;
}

MlpShape shape_of(const Settings& settings) {
    MlpShape shape;
    shape.activation = settings.activation;
    shape.normalised = settings.normalised;
    shape.centred = settings.centred;
    shape.sizes.push_back(kInputPixels);
    shape.sizes.insert(shape.sizes.end(), settings.hidden.begin(), settings.hidden.end());
    shape.sizes.push_back(kDigits);
    shape.fields = fields_of(settings);
    return shape;
}

Mlp first_network(const Settings& settings, const std::optional<NetworkParameters>& initial) {
    if (initial) {
        Mlp mlp = unfold(*initial, fields_of(settings));
        mlp.shape.frozen = settings.frozen_layers;
        return mlp;
    }
    Mlp mlp(shape_of(settings));
    mlp.initialise(settings.seed);
    return mlp;
}

}  // namespace

MlpLearner::MlpLearner(const Settings& settings, const std::optional<NetworkParameters>& initial,
                       int max_batch, Team& team)
    : mlp_(first_network(settings, initial)),
      propagation_(mlp_, max_batch, settings.dropout, settings.sparsity, team) {}

NormStatistics MlpLearner::no_statistics() const {
    NormStatistics statistics(mlp_.places);
    if (mlp_.shape.normalised) statistics.clear();
    return statistics;
}

}  // namespace digit
