// SPDX-License-Identifier: Apache-2.0
#include "trainer/matrix.h"

#include <cblas.h>

namespace digit {

void multiply_transposed(ConstMatrix a, ConstMatrix b, Matrix c) {
    if (c.rows == 0 || c.columns == 0) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c.rows, c.columns, a.columns, 1, a.data,
                a.stride, b.data, b.stride, 0, c.data, c.stride);
}

void multiply(ConstMatrix a, ConstMatrix b, Matrix c) {
    if (c.rows == 0 || c.columns == 0) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c.rows, c.columns, a.columns, 1, a.data,
                a.stride, b.data, b.stride, 0, c.data, c.stride);
}

void transposed_multiply(float alpha, ConstMatrix a, ConstMatrix b, float beta, Matrix c) {
    if (c.rows == 0 || c.columns == 0) return;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, c.rows, c.columns, a.rows, alpha, a.data,
                a.stride, b.data, b.stride, beta, c.data, c.stride);
}

void keep_blas_single_threaded() { openblas_set_num_threads(1); }

}  // namespace digit
