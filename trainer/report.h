// SPDX-License-Identifier: Apache-2.0
// A training on one page.
#pragma once

#include <string>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/status.h"
#include "trainer/history.h"
#include "trainer/publish.h"
#include "trainer/training_data.h"

namespace digit {

// Writes `folder`/index.html, making the folder: learning curves, confusion matrix, the most
// confident mistakes as pictures, a calibration plot and the metadata. The page needs no other
// file and no network. Mistakes are of the validation pictures where there are any: those of the
// test pictures are not for people who tune. Errors: kIo.
Status write_report(const std::string& folder, const std::vector<EpochRecord>& history,
                    const TrainingData& data, const Outcome& outcome, const Metadata& metadata);

}  // namespace digit
