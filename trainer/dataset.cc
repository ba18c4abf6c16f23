// SPDX-License-Identifier: Apache-2.0
#include "trainer/dataset.h"

#include <cmath>
#include <filesystem>
#include <numeric>
#include <vector>

#include "trainer/idx.h"
#include "trainer/random.h"
#include "trainer/sha256.h"

namespace digit {

namespace {

Result<Idx> read_idx(const std::string& folder, const std::string& name, int rank) {
    const std::filesystem::path plain = std::filesystem::path(folder) / name;
    std::filesystem::path found = plain;
    std::error_code ignored;
    if (!std::filesystem::exists(found, ignored)) found += ".gz";
    if (!std::filesystem::exists(found, ignored))
        return Status{Code::kIo, plain.string(), "is not there, nor is the same with .gz"};
    Result<std::vector<std::uint8_t>> content = read_maybe_gzipped(found.string());
    if (!content) return content.status();
    return parse_idx(*content, rank, found.string());
}

// `count` different numbers below n, by the seed.
std::vector<std::uint32_t> choose(int n, int count, Random random) {
    std::vector<std::uint32_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0u);
    shuffle(order, random);
    order.resize(static_cast<std::size_t>(count));
    return order;
}

}  // namespace

void Dataset::append(std::span<const std::uint8_t> picture, int label) {
    pixels.insert(pixels.end(), picture.begin(), picture.end());
    labels.push_back(static_cast<std::uint8_t>(label));
}

void Dataset::append(const Dataset& other) {
    pixels.insert(pixels.end(), other.pixels.begin(), other.pixels.end());
    labels.insert(labels.end(), other.labels.begin(), other.labels.end());
}

Result<Dataset> read_idx_pair(const std::string& folder, const std::string& images,
                              const std::string& labels) {
    Result<Idx> pictures = read_idx(folder, images, 3);
    if (!pictures) return pictures.status();
    Result<Idx> digits = read_idx(folder, labels, 1);
    if (!digits) return digits.status();
    if (pictures->sizes[1] != kInputEdge || pictures->sizes[2] != kInputEdge)
        return Status{Code::kIo, images,
                      "holds pictures of " + std::to_string(pictures->sizes[2]) + "×" +
                          std::to_string(pictures->sizes[1]) + " pixels instead of 28×28"};
    if (pictures->sizes[0] != digits->sizes[0])
        return Status{Code::kIo, images,
                      "holds " + std::to_string(pictures->sizes[0]) + " pictures, but " + labels +
                          " holds " + std::to_string(digits->sizes[0]) + " labels"};
    for (std::uint8_t label : digits->bytes)
        if (label >= kDigits)
            return Status{Code::kIo, labels,
                          "holds the label " + std::to_string(label) + ", which is no digit"};
    Dataset data;
    data.pixels.assign(pictures->bytes.begin(), pictures->bytes.end());
    data.labels.assign(digits->bytes.begin(), digits->bytes.end());
    return data;
}

Result<Dataset> read_mnist_test(const std::string& folder) {
    return read_idx_pair(folder, kMnistFiles[2].name, kMnistFiles[3].name);
}

Result<Mnist> read_mnist(const std::string& folder) {
    Result<Dataset> train = read_idx_pair(folder, kMnistFiles[0].name, kMnistFiles[1].name);
    if (!train) return train.status();
    Result<Dataset> test = read_mnist_test(folder);
    if (!test) return test.status();
    return Mnist{std::move(*train), std::move(*test)};
}

bool has_mnist(const std::string& folder) {
    const std::filesystem::path plain = std::filesystem::path(folder) / kMnistFiles[0].name;
    std::error_code ignored;
    return std::filesystem::exists(plain, ignored) ||
           std::filesystem::exists(plain.string() + ".gz", ignored);
}

std::string digest_of(const Dataset& data) { return sha256_hex({data.pixels, data.labels}); }

Dataset split_off(Dataset& data, int count, std::uint64_t seed) {
    std::vector<bool> taken(static_cast<std::size_t>(data.size()));
    for (std::uint32_t i : choose(data.size(), count, Random(seed, Stream::kValidation)))
        taken[i] = true;
    Dataset kept, split;
    kept.pixels.reserve(data.pixels.size());
    for (int i = 0; i < data.size(); ++i)
        (taken[static_cast<std::size_t>(i)] ? split : kept)
            .append(data.picture(i), data.labels[static_cast<std::size_t>(i)]);
    data = std::move(kept);
    return split;
}

void invert_part(Dataset& data, double fraction, std::uint64_t seed, std::uint64_t which) {
    const int count = static_cast<int>(std::lround(fraction * data.size()));
    for (std::uint32_t i : choose(data.size(), count, Random(seed, Stream::kInversion, {which}))) {
        std::uint8_t* picture = data.pixels.data() + static_cast<std::size_t>(i) * kInputPixels;
        for (int p = 0; p < kInputPixels; ++p)
            picture[p] = static_cast<std::uint8_t>(255 - picture[p]);
    }
}

}  // namespace digit
