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

struct Prepared {
    Status status;  // why there are no readings
    Receipt receipt;
    std::vector<Framed> readings;
};

Prepared prepare(std::span<const std::uint8_t> file, const Limits& limits, LentBlock& block,
                 StageWatch& watch) {
    Prepared prepared;
    const auto picture = decode(file, limits, Colour::kRgb, &block);
    watch.ends(&StageTimes::decode_ns);
    if (!picture.ok()) {
        prepared.status = picture.status();
        return prepared;
    }
    prepared.receipt.format = picture->format;
    prepared.receipt.width = picture->source_width;
    prepared.receipt.height = picture->source_height;
    prepared.receipt.orientation = picture->orientation;
    const ScratchScope scope(block);  // which the decoder is done with
    auto readings = frame(*picture);
    watch.ends(&StageTimes::frame_ns);
    if (readings.ok())
        prepared.readings = std::move(*readings);
    else
        prepared.status = readings.status();
    return prepared;
}

// The surest of a picture's readings. probabilities: 10 for each reading.
Classification choose(Prepared& prepared, const float* probabilities, const Model& model) {
    const auto count = static_cast<std::ptrdiff_t>(prepared.readings.size()) * kDigits;
    const auto surest = std::max_element(probabilities, probabilities + count) - probabilities;
    const auto reading = static_cast<std::size_t>(surest / kDigits);
    Classification result;
    std::copy_n(probabilities + reading * kDigits, kDigits, result.probabilities.begin());
    result.digit = static_cast<int>(surest % kDigits);
    result.confidence = probabilities[surest];
    result.uncertain = result.confidence < model.uncertain_below();
    result.receipt = std::move(prepared.receipt);
    result.receipt.framed = std::move(prepared.readings[reading]);
    return result;
}

}  // namespace

std::vector<Result<Classification>> classify(std::span<const std::span<const std::uint8_t>> files,
                                             const Model& model, const Limits& limits,
                                             ClassifyScratch& scratch, StageTimes* times) {
    StageWatch watch(times);
    std::vector<Prepared> all;
    reserve_handed_on(all, files.size());
    std::vector<std::uint8_t>& pixels = scratch.pixels;
    pixels.clear();
    const SharedTime time(limits, files.size());
    Limits left = limits;
    for (const auto file : files) {
        left.max_cpu_ms = time.left_ms();
        const bool over = files.size() > 1 && left.max_cpu_ms == 0;
        all.push_back(over ? Prepared{time.over(), {}, {}}
                           : prepare(file, left, scratch.block, watch));
        for (const Framed& reading : all.back().readings)
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

    std::vector<Result<Classification>> results;
    reserve_handed_on(results, files.size());
    const float* next = probabilities.data();
    for (Prepared& prepared : all) {
        if (!prepared.status.ok()) {
            results.push_back(std::move(prepared.status));
            continue;
        }
        const std::size_t count = prepared.readings.size();
        results.push_back(choose(prepared, next, model));
        next += count * kDigits;
    }
    return results;
}

Result<Classification> classify(std::span<const std::uint8_t> file, const Model& model,
                                const Limits& limits, ClassifyScratch& scratch) {
    return std::move(classify(std::span(&file, 1), model, limits, scratch).front());
}

}  // namespace digit
