// SPDX-License-Identifier: Apache-2.0
// Labelled 28×28 pictures in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "libdigit/frame.h"
#include "libdigit/status.h"
#include "trainer/aligned.h"

namespace digit {

struct Dataset {
    AlignedVector<std::uint8_t> pixels;  // count × 784, row-major, ink = 255
    AlignedVector<std::uint8_t> labels;  // count, 0 to 9

    int size() const { return static_cast<int>(labels.size()); }
    std::span<const std::uint8_t> picture(int i) const {
        return {pixels.data() + static_cast<std::size_t>(i) * kInputPixels, kInputPixels};
    }
    void append(std::span<const std::uint8_t> picture, int label);
    void append(const Dataset& other);
};

struct Mnist {
    Dataset train;  // 60,000
    Dataset test;   // 10,000
};

// The files of MNIST, without ".gz".
struct MnistFile {
    const char* name;
    const char* sha256;  // of the uncompressed content
};
inline constexpr MnistFile kMnistFiles[] = {
    {"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
};

// Reads the pictures and labels of two IDX files, gzipped ("NAME.gz") or not ("NAME"). Any such
// pair is taken, MNIST's own digests are not asked for.
// Errors: kIo (missing, broken, not 28×28, a label over 9, counts that disagree).
Result<Dataset> read_idx_pair(const std::string& folder, const std::string& images,
                              const std::string& labels);

Result<Mnist> read_mnist(const std::string& folder);
Result<Dataset> read_mnist_test(const std::string& folder);

// True if `folder` holds the training pictures of MNIST under their usual name.
bool has_mnist(const std::string& folder);

// SHA-256 of all pixels, then all labels.
std::string digest_of(const Dataset& data);

// Moves `count` pictures, drawn at random by the seed, out of `data` into the result; the order
// of the others is kept. 0 <= count <= data.size().
Dataset split_off(Dataset& data, int count, std::uint64_t seed);

// Inverts round(fraction × size) pictures, drawn at random by the seed: value 255 - p.
void invert_part(Dataset& data, double fraction, std::uint64_t seed, std::uint64_t which);

}  // namespace digit
