// SPDX-License-Identifier: Apache-2.0
#include "libdigit/classify.h"

#include <algorithm>

#include "libdigit/cpu_deadline.h"
#include "libdigit/kept_blocks.h"
#include "libdigit/scratch_vector.h"

namespace digit {
namespace {

// The time that one picture may take is what all pictures of a call may take: a form of many, each
// just within it, would else hold its thread for half a minute.
class SharedTime {
  public:
    // The clock is read for several pictures only.
    SharedTime(const Limits& limits, std::size_t pictures)
        : max_ms_(limits.max_cpu_ms),
          shared_(pictures > 1),
          start_ns_(shared_ ? thread_cpu_ns() : 0) {}

    std::uint32_t left_ms() const {
        if (!shared_) return max_ms_;
        const std::int64_t spent_ms = (thread_cpu_ns() - start_ns_) / 1'000'000;
        return static_cast<std::uint32_t>(std::max<std::int64_t>(0, max_ms_ - spent_ms));
    }

    Status over() const {
        return {Code::kTooExpensive, "",
                "the pictures before it took the " + std::to_string(max_ms_) +
                    " ms of computing time that one request may take"};
    }

  private:
    std::uint32_t max_ms_;
    bool shared_;
    std::int64_t start_ns_;
};

// Decodes and frames a file. `result` gets what is known of the picture by then, or why there are
// no readings.
void prepare(std::span<const std::uint8_t> file, const Limits& limits, LentBlock& block,
             StageWatch& watch, Result<Classification>& result, std::vector<Framed>& readings) {
    const auto picture = decode(file, limits, Colour::kRgb, &block);
    watch.ends(&StageTimes::decode_ns);
    if (!picture.ok()) {
        result = picture.status();
        return;
    }
    Receipt& receipt = result->receipt;
    receipt.format = picture->format;
    receipt.width = picture->source_width;
    receipt.height = picture->source_height;
    receipt.orientation = picture->orientation;
    const ScratchScope scope(block);  // which the decoder is done with
    auto framed = frame(*picture);
    watch.ends(&StageTimes::frame_ns);
    if (framed.ok())
        readings = std::move(*framed);
    else
        result = framed.status();
}

// Answers with the surest of a picture's readings. probabilities: 10 for each reading.
void choose(std::vector<Framed>& readings, const float* probabilities, const Model& model,
            Classification& result) {
    const auto count = static_cast<std::ptrdiff_t>(readings.size()) * kDigits;
    const auto surest = std::max_element(probabilities, probabilities + count) - probabilities;
    const auto reading = static_cast<std::size_t>(surest / kDigits);
    std::copy_n(probabilities + reading * kDigits, kDigits, result.probabilities.begin());
    result.digit = static_cast<int>(surest % kDigits);
    result.confidence = probabilities[surest];
    result.uncertain = result.confidence < model.uncertain_below();
    result.receipt.framed = std::move(readings[reading]);
}

}  // namespace

std::vector<Result<Classification>> classify(std::span<const std::span<const std::uint8_t>> files,
                                             const Model& model, const Limits& limits,
                                             ClassifyScratch& scratch, StageTimes* times) {
    StageWatch watch(times);
    std::vector<Result<Classification>> results;
    reserve_handed_on(results, files.size());
    std::vector<std::vector<Framed>> all(files.size());
    std::vector<std::uint8_t>& pixels = scratch.pixels;
    pixels.clear();
    const SharedTime time(limits, files.size());
    Limits left = limits;
    for (std::size_t i = 0; i < files.size(); ++i) {
        Result<Classification>& result = results.emplace_back(std::in_place);
        left.max_cpu_ms = time.left_ms();
        if (files.size() > 1 && left.max_cpu_ms == 0)
            result = time.over();
        else
            prepare(files[i], left, scratch.block, watch, result, all[i]);
        for (const Framed& reading : all[i])
            pixels.insert(pixels.end(), reading.pixels.begin(), reading.pixels.end());
    }
    const std::size_t readings = pixels.size() / kInputPixels;
    std::vector<float>& probabilities = scratch.probabilities;
    probabilities.resize(readings * kDigits);
    {
        const ScratchScope scope(scratch.block);
        forward(model, pixels, readings, probabilities);
    }
    watch.ends(&StageTimes::network_ns);
    if (times != nullptr) ++times->forward_passes;

    const float* next = probabilities.data();
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!results[i].ok()) continue;
        choose(all[i], next, model, *results[i]);
        next += all[i].size() * kDigits;
    }
    return results;
}

Result<Classification> classify(std::span<const std::uint8_t> file, const Model& model,
                                const Limits& limits, ClassifyScratch& scratch) {
    return std::move(classify(std::span(&file, 1), model, limits, scratch).front());
}

}  // namespace digit
