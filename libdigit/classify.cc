// SPDX-License-Identifier: Apache-2.0
#include "libdigit/classify.h"

#include <algorithm>
#include <utility>

#include "libdigit/cpu_deadline.h"
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

// Decodes and frames a file, whose readings are added to scratch.readings.
PreparedPicture prepare(std::span<const std::uint8_t> file, const Limits& limits,
                        ClassifyScratch& scratch, StageWatch& watch) {
    PreparedPicture prepared;
    auto picture = decode(file, limits, Colour::kRgb, &scratch.block);
    watch.ends(&StageTimes::decode_ns);
    if (!picture.ok()) {
        prepared.status = picture.status();
        return prepared;
    }
    prepared.format = picture->format;
    prepared.width = picture->source_width;
    prepared.height = picture->source_height;
    prepared.orientation = picture->orientation;
    const ScratchScope scope(scratch.block);  // which the decoder is done with
    const std::size_t before = scratch.readings.size();
    prepared.status = add_readings(*picture, {}, scratch.readings);
    prepared.readings = scratch.readings.size() - before;
    scratch.block.give_back(std::move(picture->pixels));
    watch.ends(&StageTimes::frame_ns);
    return prepared;
}

// Answers with the surest of a picture's readings, which are left without it. probabilities: 10 for
// each reading.
void choose(const PreparedPicture& prepared, Framed* readings, const float* probabilities,
            const Model& model, Classification& result) {
    const float* const end = probabilities + prepared.readings * kDigits;
    const float* const surest = std::max_element(probabilities, end);
    const auto at = static_cast<std::size_t>(surest - probabilities);
    const std::size_t reading = at / kDigits;
    std::copy_n(probabilities + reading * kDigits, kDigits, result.probabilities.begin());
    result.digit = static_cast<int>(at % kDigits);
    result.confidence = *surest;
    result.uncertain = result.confidence < model.uncertain_below();
    result.receipt.format = prepared.format;
    result.receipt.width = prepared.width;
    result.receipt.height = prepared.height;
    result.receipt.orientation = prepared.orientation;
    result.receipt.framed = std::move(readings[reading]);
}

// Of many pictures it would be much for each of a server's scratches to keep.
template <class T>
void empty(std::vector<T>& vector, std::size_t most_kept) {
    if (vector.capacity() > most_kept)
        vector = std::vector<T>();
    else
        vector.clear();
}

void empty(ClassifyScratch& scratch) {
    constexpr std::size_t kFew = 8;
    empty(scratch.pictures, kFew);
    empty(scratch.readings, kFew);
    empty(scratch.pixels, kFew * kInputPixels);
    empty(scratch.probabilities, kFew * kDigits);
}

class InVector final : public ClassificationSink {
  public:
    explicit InVector(std::vector<Result<Classification>>& results) : results_(results) {}
    Classification& add() override { return *results_.emplace_back(std::in_place); }
    void refuse(const Status& status) override { results_.emplace_back(status); }

  private:
    std::vector<Result<Classification>>& results_;
};

}  // namespace

void classify(std::span<const std::span<const std::uint8_t>> files, const Model& model,
              const Limits& limits, ClassifyScratch& scratch, ClassificationSink& sink,
              StageTimes* times) {
    StageWatch watch(times);
    // Of a call that ended by an exception something may be left.
    empty(scratch);
    std::vector<std::uint8_t>& pixels = scratch.pixels;
    const SharedTime time(limits, files.size());
    Limits left = limits;
    scratch.pictures.reserve(files.size());
    scratch.readings.reserve(files.size());  // hardly any picture has two
    for (const auto file : files) {
        left.max_cpu_ms = time.left_ms();
        const bool over = files.size() > 1 && left.max_cpu_ms == 0;
        scratch.pictures.push_back(over ? PreparedPicture{.status = time.over()}
                                        : prepare(file, left, scratch, watch));
    }
    pixels.reserve(scratch.readings.size() * kInputPixels);
    for (const Framed& reading : scratch.readings)
        pixels.insert(pixels.end(), reading.pixels.begin(), reading.pixels.end());
    const std::size_t readings = scratch.readings.size();
    std::vector<float>& probabilities = scratch.probabilities;
    probabilities.resize(readings * kDigits);
    {
        const ScratchScope scope(scratch.block);
        forward(model, pixels, readings, probabilities);
    }
    watch.ends(&StageTimes::network_ns);
    if (times != nullptr) ++times->forward_passes;

    std::size_t next = 0;
    for (const PreparedPicture& prepared : scratch.pictures) {
        if (!prepared.status.ok()) {
            sink.refuse(prepared.status);
            continue;
        }
        choose(prepared, &scratch.readings[next], &probabilities[next * kDigits], model,
               sink.add());
        next += prepared.readings;
    }
    empty(scratch);
}

std::vector<Result<Classification>> classify(std::span<const std::span<const std::uint8_t>> files,
                                             const Model& model, const Limits& limits,
                                             ClassifyScratch& scratch, StageTimes* times) {
    std::vector<Result<Classification>> results;
    results.reserve(files.size());
    InVector sink(results);
    classify(files, model, limits, scratch, sink, times);
    return results;
}

Result<Classification> classify(std::span<const std::uint8_t> file, const Model& model,
                                const Limits& limits, ClassifyScratch& scratch) {
    return std::move(classify(std::span(&file, 1), model, limits, scratch).front());
}

}  // namespace digit
