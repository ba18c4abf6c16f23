// SPDX-License-Identifier: Apache-2.0
// The convolutional networks that a training makes first, to learn from.
#pragma once

#include "libdigit/status.h"
#include "trainer/options.h"
#include "trainer/teachers.h"
#include "trainer/team.h"
#include "trainer/training_data.h"

namespace digit {

struct ConvTeachers {
    TeacherNetworks networks;  // convolutional ones alone
    bool interrupted = false;  // by the user: the networks are not complete
};

// Trains as many as the settings ask for, one after the other; prints a line on stdout for every
// look. Each leaves a checkpoint beside the training's own, from which --resume goes on, or takes
// the finished network. Errors: kIo.
Result<ConvTeachers> train_conv_teachers(const TrainOptions& options, const TrainingData& data,
                                         Team& team);

// Removes their checkpoints.
void forget_conv_teachers(const TrainOptions& options);

}  // namespace digit
