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

// The same in two steps, for a caller that needs the bytes or not all numbers as floats. The view
// is valid as long as `file`. Errors do not name the file.
Result<Pages> read_weights_bytes(const std::string& path);
Result<WeightsView> view_weights(std::span<const std::uint8_t> file);
// The same of bytes that view_weights() found right before and that cannot have changed: the
// digest of the tensors is not computed again.
Result<WeightsView> view_verified_weights(std::span<const std::uint8_t> file);

enum class WeightsDtype { kF32, kF16 };

// The file's bytes; adds the metadata that the format defines (architecture, activation, input,
// SHA-256 of the tensors) to `parameters.metadata`.
std::string serialise_weights(const NetworkParameters& parameters, WeightsDtype dtype);

// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder:
// readers see the old file or the new one, never a part. Errors: kIo.
Status write_weights(const std::string& path, const NetworkParameters& parameters,
                     WeightsDtype dtype);

}  // namespace digit
