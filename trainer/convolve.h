// SPDX-License-Identifier: Apache-2.0
// The sums of a 3×3 convolution, straight from the bordered picture: writing its patches out for a
// matrix product took half as long as the product itself.
#pragma once

#include <cstddef>

namespace digit {

// What one convolution works on. Pictures are as in conv_ops.h.
struct ConvolutionSize {
    int edge = 0;
    int inputs = 0;   // channels
    int outputs = 0;  // channels, a multiple of kLane

    int patch() const { return 9 * inputs; }
};

// output = the convolution of a bordered picture. kernel: patch × outputs, row-major. output: edge²
// × outputs.
void convolve(const float* bordered, const ConvolutionSize& size, const float* kernel,
              float* output);

// Adds the gradient by the kernel to `sums`, which is laid out as a kernel. gradient: by what
// convolve() gives.
void convolve_gradient(const float* bordered, const ConvolutionSize& size, const float* gradient,
                       float* sums);

// outputs × patch, as parameters are kept, to patch × outputs or back: from rows × columns.
void transpose(const float* from, int rows, int columns, float* to);

}  // namespace digit
