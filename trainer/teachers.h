// SPDX-License-Identifier: Apache-2.0
// Distillation: networks whose opinion of a picture is part of its target.
#pragma once

#include <string>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/status.h"
#include "trainer/back_propagation.h"
#include "trainer/conv_predictor.h"
#include "trainer/evaluate.h"
#include "trainer/team.h"

namespace digit {

struct TeacherNetworks {
    std::vector<NetworkParameters> perceptrons;
    std::vector<ConvNetwork> convolutional;
    // Of the convolutional ones, so many first ones know no drawn pictures and are not asked about
    // them (but about pictures into which one is mixed); there must be others.
    std::size_t strangers_to_drawn = 0;

    std::size_t size() const { return perceptrons.size() + convolutional.size(); }
};

// Source: Hinton, Vinyals and Dean 2015; several teachers give the mean of their logits.
class Teachers {
  public:
    // centred: the batches hold pixels from -1 to 1.
    Teachers(TeacherNetworks networks, bool centred, float temperature, int max_batch, int ranks);
    Teachers(const Teachers&) = delete;
    Teachers& operator=(const Teachers&) = delete;

    bool empty() const { return networks_.size() == 0; }

    // Fills the soft targets of rows that are filled already, of which those are drawn that show
    // picture `first_drawn` or a later one. Ranks may call it at the same time.
    void look_at(int rank, Range rows, int first_drawn, Batch& batch);

  private:
    TeacherNetworks networks_;
    bool centred_;
    float temperature_;
    struct Rank {
        std::vector<Predictor> perceptrons;
        std::vector<ConvPredictor> convolutional;
        AlignedVector<float> logits;
        AlignedVector<float> pixels;  // from 0 to 1, where the batches hold them from -1
    };
    std::vector<Rank> ranks_;
};

}  // namespace digit
