//===- codegen-kernels.cpp - Time the example packages' kernels -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each function runs one kernel of examples/package-images Repetitions times on
// data of size N, and returns how many nanoseconds that took, so that neither
// loading nor the program that calls it is in the figure. codegen-bench.py
// makes an image and a plain shared library of this file and the packages.
#include <cstdlib>
#include <ctime>

extern "C" {
unsigned long long pkg_xxh3_64(const void *, unsigned long, unsigned long long);
unsigned int pkg_xxh32(const void *, unsigned long, unsigned int);
void pkg_matmul(double *, double *, double *, long);
double pkg_determinant(double *, long);
void pkg_lengths(double *, const double *, const double *, long);
void pkg_fft(double *, const double *, long);
}

static long now() {
  timespec Time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &Time);
  return Time.tv_sec * 1000000000 + Time.tv_nsec;
}

/// What the kernels compute, so that no optimizer takes it for unused.
static volatile double Sink;

namespace {
/// Memory with N numbers from 1 to 2, which no page fault of the kernel meets.
struct Numbers {
  double *Data;

  explicit Numbers(long N)
      : Data(static_cast<double *>(std::malloc(N * sizeof(double)))) {
    if (!Data)
      std::abort();
    unsigned long State = 1;
    for (long I = 0; I < N; ++I) {
      State = State * 6364136223846793005ul + 1442695040888963407ul;
      Data[I] = 1 + static_cast<double>(State >> 40) / (1 << 24);
    }
  }
  ~Numbers() { std::free(Data); }
};
} // namespace

extern "C" long bench_xxh3(long N, long Repetitions) {
  Numbers Buffer(N);
  unsigned long long Sum = 0;
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    Sum += pkg_xxh3_64(Buffer.Data, N * sizeof(double), Sum);
  long Time = now() - Start;
  Sink = static_cast<double>(Sum);
  return Time;
}

extern "C" long bench_xxh32(long N, long Repetitions) {
  Numbers Buffer(N);
  unsigned Sum = 0;
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    Sum += pkg_xxh32(Buffer.Data, N * sizeof(double), Sum);
  long Time = now() - Start;
  Sink = static_cast<double>(Sum);
  return Time;
}

extern "C" long bench_matmul(long N, long Repetitions) {
  Numbers A(N * N), B(N * N), C(N * N);
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    pkg_matmul(C.Data, A.Data, B.Data, N);
  long Time = now() - Start;
  Sink = C.Data[N];
  return Time;
}

extern "C" long bench_determinant(long N, long Repetitions) {
  Numbers A(N * N);
  double Sum = 0;
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    Sum += pkg_determinant(A.Data, N);
  long Time = now() - Start;
  Sink = Sum;
  return Time;
}

extern "C" long bench_fft(long N, long Repetitions) {
  Numbers In(2 * N), Out(2 * N);
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    pkg_fft(Out.Data, In.Data, N);
  long Time = now() - Start;
  Sink = Out.Data[N];
  return Time;
}

extern "C" long bench_lengths(long N, long Repetitions) {
  Numbers X(N), Y(N), Out(N);
  long Start = now();
  for (long I = 0; I < Repetitions; ++I)
    pkg_lengths(Out.Data, X.Data, Y.Data, N);
  long Time = now() - Start;
  Sink = Out.Data[N / 2];
  return Time;
}

/// A sum of products of whole numbers, for vectors of integers.
static unsigned mix(const unsigned *A, const unsigned *B, long N) {
  unsigned Sum = 0;
  for (long I = 0; I < N; ++I)
    Sum += (A[I] ^ (B[I] >> 7)) * 2654435761u;
  return Sum;
}

extern "C" long bench_mix(long N, long Repetitions) {
  auto *X = static_cast<unsigned *>(std::malloc(2 * N * sizeof(unsigned)));
  if (!X)
    std::abort();
  unsigned *Y = X + N;
  for (long I = 0; I < 2 * N; ++I)
    X[I] = static_cast<unsigned>(I) * 2246822519u;
  unsigned Sum = 0;
  long Start = now();
  for (long I = 0; I < Repetitions; ++I) {
    X[I % N] = Sum;
    Sum += mix(X, Y, N);
  }
  long Time = now() - Start;
  Sink = Sum;
  std::free(X);
  return Time;
}

/// A sum in any order, for vectors with fused multiply-add.
static double dot(const double *A, const double *B, long N) {
#pragma clang fp reassociate(on)
  double Sum = 0;
  for (long I = 0; I < N; ++I)
    Sum += A[I] * B[I];
  return Sum;
}

extern "C" long bench_dot(long N, long Repetitions) {
  Numbers A(N), B(N);
  double Sum = 0;
  long Start = now();
  for (long I = 0; I < Repetitions; ++I) {
    A.Data[I % N] = Sum;
    Sum = 1e-6 * dot(A.Data, B.Data, N);
  }
  long Time = now() - Start;
  Sink = Sum;
  return Time;
}
