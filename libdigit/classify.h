// SPDX-License-Identifier: Apache-2.0
// The whole way from the bytes of image files to digits; what the module and the tools call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libdigit/decode.h"
#include "libdigit/frame.h"
#include "libdigit/limits.h"
#include "libdigit/model.h"
#include "libdigit/network.h"
#include "libdigit/stage_times.h"
#include "libdigit/status.h"

namespace digit {

// What was seen of a picture and done to it.
struct Receipt {
    ImageFormat format = ImageFormat::kPng;
    std::uint32_t width = 0;  // as stored in the file
    std::uint32_t height = 0;
    int orientation = 1;  // EXIF, 1 to 8
    Framed framed;        // polarity, crop, ink box, warnings, and the 28×28 that was classified
};

struct Classification {
    int digit = 0;
    float confidence = 0;    // the digit's probability
    bool uncertain = false;  // confidence is below the model's threshold
    std::array<float, kDigits> probabilities{};
    Receipt receipt;
};

// What is known of a file before the network is asked.
struct PreparedPicture {
    Status status;  // why there are no readings
    ImageFormat format = ImageFormat::kPng;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    int orientation = 1;
    std::size_t readings = 0;
};

// What one thread needs while it classifies, kept for the next time.
struct ClassifyScratch {
    LentBlock block;  // of the decoder, then of framing, at last of the network
    std::vector<PreparedPicture> pictures;
    std::vector<Framed> readings;      // of all pictures
    std::vector<std::uint8_t> pixels;  // of the readings
    std::vector<float> probabilities;
};

// Takes what classify() answers, in the files' order. Its functions may throw std::bad_alloc.
class ClassificationSink {
  public:
    virtual ~ClassificationSink() = default;
    // One to be filled, before anything else is added.
    virtual Classification& add() = 0;
    virtual void refuse(const Status& status) = 0;
};

// Classifies every file, in order, with one forward pass over all of them. All together may take
// limits.max_cpu_ms to decode and frame; what is left after that is refused as kTooExpensive.
// Thread-safe with a scratch of one's own. times: added to, or null. Throws std::bad_alloc, after
// which the sink may have some of the answers.
void classify(std::span<const std::span<const std::uint8_t>> files, const Model& model,
              const Limits& limits, ClassifyScratch& scratch, ClassificationSink& sink,
              StageTimes* times = nullptr);

// The same; a file that is refused has its Status in its place.
std::vector<Result<Classification>> classify(std::span<const std::span<const std::uint8_t>> files,
                                             const Model& model, const Limits& limits,
                                             ClassifyScratch& scratch, StageTimes* times = nullptr);

Result<Classification> classify(std::span<const std::uint8_t> file, const Model& model,
                                const Limits& limits, ClassifyScratch& scratch);

}  // namespace digit
