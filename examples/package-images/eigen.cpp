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
#include <cmath>
#include <cstdlib>

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

// The lengths of the N vectors (X, Y).
extern "C" void pkg_lengths(double *Out, const double *X, const double *Y,
                            long N) {
  using Array = Eigen::Map<Eigen::ArrayXd>;
  using ConstArray = Eigen::Map<const Eigen::ArrayXd>;
  Array(Out, N) =
      (ConstArray(X, N).square() + ConstArray(Y, N).square()).sqrt();
}

// A generator of small whole numbers, the same everywhere.
namespace {
struct Numbers {
  unsigned long State;

  // From -Limit to Limit.
  long next(long Limit) {
    State = State * 6364136223846793005ul + 1442695040888963407ul;
    return static_cast<long>((State >> 33) % (2 * Limit + 1)) - Limit;
  }
};
} // namespace

// The functions below are for callers that can pass scalars alone. Their
// results are the same on every processor, though fused multiply-add and the
// order of sums change the last bits of what they compute from.

// A digest of the product of two matrices of N rows, made from Seed; 0 without
// memory. Elements are whole numbers up to 8: products and sums are below 2^53,
// and so exact in any order, fused or not.
extern "C" unsigned long pkg_matmul_check(long N, long Seed) {
  auto *Data = static_cast<double *>(std::malloc(3 * N * N * sizeof(double)));
  if (!Data)
    return 0;
  Numbers Random{static_cast<unsigned long>(Seed)};
  for (long I = 0; I < 2 * N * N; ++I)
    Data[I] = Random.next(8);
  double *C = Data + 2 * N * N;
  pkg_matmul(C, Data, Data + N * N, N);
  unsigned long Digest = 14695981039346656037ul;
  for (long I = 0; I < N * N; ++I)
    Digest = (Digest ^ static_cast<unsigned long>(static_cast<long>(C[I]))) *
             1099511628211ul;
  std::free(Data);
  return Digest;
}

// The determinant of a matrix of N rows (at most 16, else 0), made from Seed as
// the product of two triangular ones of whole numbers, so that it is whole. The
// error of the decomposition, below 1e-6 for so few rows of so small numbers,
// is rounded away.
extern "C" double pkg_determinant_check(long N, long Seed) {
  if (N < 1 || N > 16)
    return 0;
  double L[16 * 16] = {}, U[16 * 16] = {}, A[16 * 16];
  Numbers Random{static_cast<unsigned long>(Seed)};
  for (long R = 0; R < N; ++R) {
    L[R * N + R] = 1;
    U[R * N + R] = 1 + (R & 1);
    for (long C = 0; C < R; ++C) {
      L[R * N + C] = Random.next(1);
      U[C * N + R] = Random.next(1);
    }
  }
  pkg_matmul(A, L, U, N);
  return std::round(pkg_determinant(A, N));
}
