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

// Reads and validates a whole weights file: tensors `layers.N.weight` (outputs × inputs, or the
// inputs of their receptive fields alone) of F32,
// F16, BF16 or, with a `layers.N.scale`, I8, and `layers.N.bias`, in any order; an early exit's
// likewise. Refuses a file over
// 256 MiB. What it returns is a whole network; whether its numbers are finite, Model::make() finds.
// Errors: kIo, kOutOfMemory and every kWeights… code.
Result<NetworkParameters> read_weights(const std::string& path);
Result<NetworkParameters> parse_weights(std::span<const std::uint8_t> file);

// What serves, as the server makes it: whole numbers stay as they are. Errors: as above, and
// Model::make()'s.
Result<Model> read_model(const std::string& path);

// The same in two steps, for a caller that needs the bytes or not all numbers as floats. The view
// is valid as long as `file`. Errors do not name the file.
Result<Pages> read_weights_bytes(const std::string& path);
Result<WeightsView> view_weights(std::span<const std::uint8_t> file);
// The same of bytes that view_weights() found right before and that cannot have changed: the
// digest of the tensors is not computed again.
Result<WeightsView> view_verified_weights(std::span<const std::uint8_t> file);

enum class WeightsDtype { kF32, kF16, kI8 };

// The file's bytes, of layers with receptive fields the weights inside alone, unless others are not
// zero; adds the metadata that the format defines (architecture, activation, input,
// SHA-256 of the tensors) to `parameters.metadata`.
// kI8: weights are rounded as round_to_bytes() does; biases are F32.
std::string serialise_weights(const NetworkParameters& parameters, WeightsDtype dtype);

// Makes every weight a whole number from -127 to 127 times a scale that the weights of an output
// share: the nearest where the largest of them is 127. What serialise_weights() makes of it in kI8
// is exact.
void round_to_bytes(NetworkParameters& parameters);

// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder:
// readers see the old file or the new one, never a part. Errors: kIo.
Status write_weights(const std::string& path, const NetworkParameters& parameters,
                     WeightsDtype dtype);

}  // namespace digit
