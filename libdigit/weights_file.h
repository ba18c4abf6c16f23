// SPDX-License-Identifier: Apache-2.0
// Networks in .safetensors files. Layout and rules: docs/weights-file.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libdigit/model.h"
#include "libdigit/status.h"

namespace digit {

// Reads and validates a whole weights file: F32, F16 or BF16 tensors `layers.N.weight`
// (outputs × inputs) and `layers.N.bias`, in any order. Refuses a file over 256 MiB.
// Errors: kIo, kOutOfMemory and every kWeights… code.
Result<NetworkParameters> read_weights(const std::string& path);
Result<NetworkParameters> parse_weights(std::span<const std::uint8_t> file);

// The two steps of read_weights(), for a caller that keeps the bytes; the parser's errors then
// name the path too.
Result<std::vector<std::uint8_t>> read_weights_bytes(const std::string& path);
Result<NetworkParameters> parse_weights(std::span<const std::uint8_t> file,
                                        const std::string& path);

enum class WeightsDtype { kF32, kF16 };

// The file's bytes; adds the metadata that the format defines (architecture, activation, input,
// SHA-256 of the tensors) to `parameters.metadata`.
std::string serialise_weights(const NetworkParameters& parameters, WeightsDtype dtype);

// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder:
// readers see the old file or the new one, never a part. Errors: kIo.
Status write_weights(const std::string& path, const NetworkParameters& parameters,
                     WeightsDtype dtype);

}  // namespace digit
