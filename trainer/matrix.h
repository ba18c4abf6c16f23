// SPDX-License-Identifier: Apache-2.0
// Matrix products, by BLAS, on the calling thread.
#pragma once

namespace digit {

// A row-major matrix, or a block of one: element (r, c) is data[r * stride + c].
struct ConstMatrix {
    const float* data = nullptr;
    int rows = 0;
    int columns = 0;
    int stride = 0;
};
struct Matrix {
    float* data = nullptr;
    int rows = 0;
    int columns = 0;
    int stride = 0;

    operator ConstMatrix() const { return {data, rows, columns, stride}; }
    // Columns [begin, begin + count).
    Matrix columns_from(int begin, int count) const { return {data + begin, rows, count, stride}; }
    // Rows [begin, begin + count).
    Matrix rows_from(int begin, int count) const {
        return {data + static_cast<long>(begin) * stride, count, columns, stride};
    }
};

// c = a · bᵀ.  a: m × k, b: n × k, c: m × n.
void multiply_transposed(ConstMatrix a, ConstMatrix b, Matrix c);
// c = a · b.   a: m × k, b: k × n, c: m × n.
void multiply(ConstMatrix a, ConstMatrix b, Matrix c);
// c = alpha · aᵀ · b + beta · c.  a: k × m, b: k × n, c: m × n.
void transposed_multiply(float alpha, ConstMatrix a, ConstMatrix b, float beta, Matrix c);

// Keeps OpenBLAS from starting threads of its own: the trainer's threads call it all at once.
void keep_blas_single_threaded();

}  // namespace digit
