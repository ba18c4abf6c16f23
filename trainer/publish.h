// SPDX-License-Identifier: Apache-2.0
// A trained network as a weights file.
#pragma once

#include "libdigit/model.h"
#include "libdigit/status.h"
#include "trainer/calibration.h"
#include "trainer/evaluate.h"
#include "trainer/options.h"
#include "trainer/session.h"
#include "trainer/training_data.h"

namespace digit {

// The network's answers to what it was not trained on.
struct Outcome {
    Evaluation validation;
    Evaluation test;
    Evaluation drawn;           // held-out drawn digits
    double others_flagged = 0;  // part of held-out others whose confidence is below the threshold
    std::optional<Calibration> calibration;  // by the validation and drawn pictures
};

Outcome judge(const NetworkParameters& network, const TrainingData& data,
              const TrainOptions& options, Team& team);

// How the network came to be and how good it is, for the file and for reports.
Metadata describe_training(const TrainOptions& options, const TrainingData& data,
                           const Session& session, const Outcome& outcome);

}  // namespace digit
