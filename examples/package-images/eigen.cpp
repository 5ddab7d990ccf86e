//===- eigen.cpp - Kernels of Eigen as a package --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Kernels of Eigen, which Debian ships as headers, as a package.
#define EIGEN_NO_IO
#include <Eigen/Dense>

using Matrix = Eigen::Map<
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// C = A * B for square matrices of N rows.
extern "C" void pkg_matmul(double *C, double *A, double *B, long N) {
  Matrix(C, N, N).noalias() = Matrix(A, N, N) * Matrix(B, N, N);
}

// The determinant of a square matrix of N rows, by LU decomposition.
extern "C" double pkg_determinant(double *A, long N) {
  return Matrix(A, N, N).partialPivLu().determinant();
}
