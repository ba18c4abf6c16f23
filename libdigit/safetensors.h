// SPDX-License-Identifier: Apache-2.0
// The container that weights files are: a JSON header and named tensors, whatever they mean.
// Source: https://github.com/huggingface/safetensors#format
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libdigit/status.h"
#include "libdigit/weights_view.h"

namespace digit {

struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;  // one or two dimensions of 1 to 2^20
    TensorValues values;               // as many as the shape says; they lie in the file
};

struct Safetensors {
    Metadata metadata;
    std::vector<Tensor> tensors;  // by name; they cover the file's data without overlap or hole
};

// Valid as long as `file`. Refuses more tensors than `most_tensors`.
// Errors: kWeightsTruncated, kWeightsHeader, kWeightsMetadata, kWeightsTensor, kWeightsLayout.
Result<Safetensors> parse_safetensors(std::span<const std::uint8_t> file, std::size_t most_tensors);

}  // namespace digit
