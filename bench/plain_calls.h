// SPDX-License-Identifier: Apache-2.0
// The libraries' own calls, with nothing around them: what a stage is bounded by.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "libdigit/model.h"

namespace digit::bench {

using File = std::span<const std::uint8_t>;

// Each decodes a whole file and throws std::runtime_error where it cannot.
void libpng_decodes(File file);
// To grey at 1/denominator of the size.
void libjpeg_decodes(File file, unsigned denominator);
void giflib_decodes(File file);

// A forward pass through OpenBLAS's sgemv, one thread, ReLU between.
class SgemvPass {
  public:
    explicit SgemvPass(const NetworkParameters& network);
    // pixels: 784. Returns the first logit.
    float run(std::span<const std::uint8_t> pixels);

  private:
    const NetworkParameters& network_;
    std::vector<float> in_, out_;
};

}  // namespace digit::bench
