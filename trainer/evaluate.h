// SPDX-License-Identifier: Apache-2.0
// What a network answers to a data set.
#pragma once

#include <array>
#include <vector>

#include "libdigit/model.h"
#include "trainer/conv_predictor.h"
#include "trainer/dataset.h"
#include "trainer/matrix.h"
#include "trainer/team.h"

namespace digit {

// One thread's forward passes of a network as it is served, by BLAS: for many pictures at a time
// faster than libdigit's, which is made for one.
class Predictor {
  public:
    // The network must outlive the predictor.
    Predictor(const NetworkParameters& network, int max_rows);

    // logits: rows × 10, before softmax. pixels: rows × 784 in [0, 1]; rows <= max_rows.
    void logits(ConstMatrix pixels, Matrix logits);

  private:
    const NetworkParameters& network_;
    std::array<AlignedVector<float>, 2> activations_;
    std::vector<AlignedVector<float>> biases_;  // padded
};

struct Evaluation {
    std::vector<std::array<float, kDigits>> logits;  // by picture
    int correct = 0;
    double loss = 0;  // mean cross-entropy with the labels

    double accuracy() const {
        return logits.empty() ? 0 : correct / static_cast<double>(logits.size());
    }
};

Evaluation evaluate(const NetworkParameters& network, const Dataset& data, Team& team);
Evaluation evaluate(const ConvNetwork& network, const Dataset& data, Team& team);

}  // namespace digit
