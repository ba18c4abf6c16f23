// SPDX-License-Identifier: Apache-2.0
// A short way out of a finished network, for the pictures that are easy.
#pragma once

#include <optional>

#include "libdigit/model.h"
#include "libdigit/status.h"
#include "trainer/settings.h"
#include "trainer/team.h"
#include "trainer/training_data.h"

namespace digit {

struct EarlyExitFit {
    bool interrupted = true;        // by the user; the network then has no early exit
    float above = kEarlyExitAbove;  // the metadata's early_exit_above; 1: it may never answer
    std::optional<double> share;    // 0 to 1, of the digits set aside, if any: those it answers
};

// Trains network.early_exit, settings.early_exit.units wide, to say what the network says
// (distillation), on the pictures that the network learnt from, changed alike; the network itself
// stays as it is. So its logits are nearly the network's, and both share the temperature.
// The bound above which it answers goes into the metadata: by the arithmetic of the server on this
// machine, with the weights that the file will hold, none of the pictures that are trained on, as
// they are or changed once more, or set aside (MNIST's test pictures are not looked at) gets
// another digit from it than from the network, or an answer that the network would call uncertain.
// Where there is no such bound, the network has no early exit. network: of ReLU, with two hidden
// layers or more. The same network, settings and data give the same bits. Errors: Model::make()'s.
Result<EarlyExitFit> fit_early_exit(const Settings& settings, const TrainingData& data, Team& team,
                                    NetworkParameters& network);

}  // namespace digit
