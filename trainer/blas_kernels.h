// SPDX-License-Identifier: Apache-2.0
// Which of its kernels OpenBLAS takes.
#pragma once

namespace digit {

// OpenBLAS chooses its kernels by the CPU's model when it is loaded, and for a model younger than
// itself takes those of a CPU of 2004 (0.3.21 on a Sapphire Rapids: 41 GFLOP/s instead of 220).
// Where it did, this starts the program again with OPENBLAS_CORETYPE, its own means of choosing,
// set to what the CPU's instructions allow; a value that the user has set stays. First thing in
// main().
void start_with_blas_kernels_of_this_cpu(char** argv);

}  // namespace digit
