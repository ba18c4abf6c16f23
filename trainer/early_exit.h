// SPDX-License-Identifier: Apache-2.0
// A short way out of a finished network, for the pictures that are easy.
#pragma once

#include <cstddef>
#include <optional>

#include "libdigit/model.h"
#include "trainer/settings.h"
#include "trainer/team.h"
#include "trainer/training_data.h"

namespace digit {

// How an early exit does on pictures that were not trained on.
struct EarlyExitFit {
    double share = 0;               // of MNIST's and drawn digits set aside, 0 to 1: answered by it
    float above = kEarlyExitAbove;  // the metadata's early_exit_above
};

// Trains network.early_exit, settings.early_exit.units wide, to say what the network says
// (distillation), on the pictures that the network learnt from, changed alike; the network itself
// stays as it is. So its logits are nearly the network's, and both share the temperature. Writes
// early_exit_above into the metadata: no picture of `data`, as it is or changed once more, gets
// another digit from it than from the network, or an answer that the network would call uncertain.
// Nothing if the user interrupted; the network then has no early exit. network: of ReLU, with two
// hidden layers or more. The same network, settings and data give the same bits.
std::optional<EarlyExitFit> fit_early_exit(const Settings& settings, const TrainingData& data,
                                           Team& team, NetworkParameters& network);

}  // namespace digit
