//===- fft.cpp - Eigen's FFT as a package ---------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The Fourier transform of Eigen, which Debian ships as headers, as a package.
#define EIGEN_NO_IO
#include <cmath>
#include <complex>
#include <unsupported/Eigen/FFT>
#include <vector>

using Complex = std::complex<double>;

// The transform of N complex numbers, and its inverse.
extern "C" void pkg_fft(double *Out, const double *In, long N) {
  Eigen::FFT<double> Transform;
  Transform.fwd(reinterpret_cast<Complex *>(Out),
                reinterpret_cast<const Complex *>(In), static_cast<int>(N));
}

extern "C" void pkg_fft_inverse(double *Out, const double *In, long N) {
  Eigen::FFT<double> Transform;
  Transform.inv(reinterpret_cast<Complex *>(Out),
                reinterpret_cast<const Complex *>(In), static_cast<int>(N));
}

// N whole numbers from 0 to 999, made from Seed.
static std::vector<long> makeNumbers(long N, long Seed) {
  std::vector<long> Numbers(N);
  unsigned long State = Seed;
  for (long &Number : Numbers) {
    State = State * 6364136223846793005ul + 1442695040888963407ul;
    Number = static_cast<long>((State >> 33) % 1000);
  }
  return Numbers;
}

static unsigned long digest(const std::vector<long> &Numbers) {
  unsigned long Digest = 14695981039346656037ul;
  for (long Number : Numbers)
    Digest = (Digest ^ static_cast<unsigned long>(Number)) * 1099511628211ul;
  return Digest;
}

// The functions below are for callers that can pass scalars alone.

// A digest of the cyclic convolution of N whole numbers with N others, by three
// transforms. Fused multiply-add and the C library's sine change the last bits
// of a transform from one processor to the next; the results are below N * 1e6,
// with an error of less than N * 1e-8, so that for N up to 10^6 rounding to
// whole numbers gives the same everywhere.
extern "C" unsigned long pkg_convolve_check(long N, long Seed) {
  std::vector<long> A = makeNumbers(N, Seed), B = makeNumbers(N, ~Seed);
  std::vector<Complex> X(A.begin(), A.end()), Y(B.begin(), B.end()), F(N), G(N);
  pkg_fft(reinterpret_cast<double *>(F.data()),
          reinterpret_cast<const double *>(X.data()), N);
  pkg_fft(reinterpret_cast<double *>(G.data()),
          reinterpret_cast<const double *>(Y.data()), N);
  for (long I = 0; I < N; ++I)
    F[I] *= G[I];
  pkg_fft_inverse(reinterpret_cast<double *>(X.data()),
                  reinterpret_cast<const double *>(F.data()), N);
  for (long I = 0; I < N; ++I)
    A[I] = std::lround(X[I].real());
  return digest(A);
}

// The same digest, by the sums that define the convolution, in whole numbers.
extern "C" unsigned long pkg_convolve_sums(long N, long Seed) {
  std::vector<long> A = makeNumbers(N, Seed), B = makeNumbers(N, ~Seed), C(N);
  for (long I = 0; I < N; ++I)
    for (long J = 0; J < N; ++J)
      C[I + J < N ? I + J : I + J - N] += A[I] * B[J];
  return digest(C);
}

// The size of the K-th frequency (0 < K < N/2) of a cosine of that frequency in
// N samples: N/2, after rounding to multiples of 1/1024.
extern "C" double pkg_fft_peak(long N, long K) {
  std::vector<Complex> X(N), F(N);
  for (long I = 0; I < N; ++I)
    X[I] = std::cos(2 * M_PI * static_cast<double>(I * K % N) /
                    static_cast<double>(N));
  pkg_fft(reinterpret_cast<double *>(F.data()),
          reinterpret_cast<const double *>(X.data()), N);
  return std::round(std::abs(F[K]) * 1024) / 1024;
}
