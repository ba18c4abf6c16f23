// SPDX-License-Identifier: Apache-2.0
// One thread's forward passes of a convolutional network.
#pragma once

#include "trainer/aligned.h"
#include "trainer/conv_net.h"
#include "trainer/matrix.h"

namespace digit {

class ConvPredictor {
  public:
    // The network must outlive the predictor.
    ConvPredictor(const ConvNetwork& network, int max_rows);

    // logits: rows × 10, before softmax. pixels: rows × 784 in [0, 1]; rows <= max_rows.
    void logits(ConstMatrix pixels, Matrix logits);

  private:
    // One picture through all stages, while it is in cache.
    void features_of(const float* pixels, float* features);

    const ConvNetwork& network_;
    std::vector<AlignedVector<float>> inputs_;  // bordered, by stage
    std::vector<AlignedVector<float>> kernels_;
    AlignedVector<float> output_;
    AlignedVector<float> pooled_;
    AlignedVector<float> features_;  // of all rows
};

}  // namespace digit
