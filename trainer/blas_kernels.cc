// SPDX-License-Identifier: Apache-2.0
#include "trainer/blas_kernels.h"

#include <cblas.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <cstring>

namespace digit {
namespace {

// The value for OPENBLAS_CORETYPE, or nullptr where OpenBLAS's choice is a good one.
const char* better_kernels() {
#if defined(__x86_64__)
    if (std::strcmp(openblas_get_corename(), "Prescott") != 0) return nullptr;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
    return nullptr;
}

}  // namespace

void start_with_blas_kernels_of_this_cpu(char** argv) {
    constexpr const char* kVariable = "OPENBLAS_CORETYPE";
    if (std::getenv(kVariable) != nullptr) return;
    const char* kernels = better_kernels();
    if (kernels == nullptr) return;
    // By its own name, under which people look for it among processes.
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0 || length == sizeof program - 1 || setenv(kVariable, kernels, 1) != 0) return;
    program[length] = '\0';
    execv(program, argv);  // where that fails, this one goes on, only slower
}

}  // namespace digit
