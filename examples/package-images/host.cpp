//===- host.cpp - Load two images and call them ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Loads the two package images, calls into them, and prints each result beside
// that of the same code compiled into this program.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <vector>

extern "C" {
unsigned long long pkg_xxh3_64(const void *, unsigned long, unsigned long long);
unsigned int pkg_xxh32(const void *, unsigned long, unsigned int);
void pkg_matmul(double *, double *, double *, long);
double pkg_determinant(double *, long);
}

static double now() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch())
      .count();
}

static bool AllEqual = true;
static void report(const char *What, double LoadMs, double ImageMs,
                   double NativeMs, const char *Image, const char *Native,
                   bool Equal) {
  AllEqual &= Equal;
  std::printf("%-16s load %.3f ms  image: %s in %.3f ms  native: %s in %.3f ms"
              "  %s\n",
              What, LoadMs, Image, ImageMs, Native, NativeMs,
              Equal ? "equal" : "DIFFERENT");
}

template <typename F> static F *find(void *Handle, const char *Name) {
  void *P = dlsym(Handle, Name);
  if (!P) {
    std::fprintf(stderr, "host: error: %s\n", dlerror());
    std::exit(1);
  }
  return reinterpret_cast<F *>(P);
}

static void *load(const char *Path, double &Ms) {
  double Start = now();
  void *Handle = dlopen(Path, RTLD_NOW | RTLD_LOCAL);
  Ms = now() - Start;
  if (!Handle) {
    std::fprintf(stderr, "host: error: %s\n", dlerror());
    std::exit(1);
  }
  return Handle;
}

/// Returns what \p Call returns, and in \p Ms the least time of several calls:
/// the first one pays for pages that nobody has touched before.
template <typename F> static auto timed(F Call, double &Ms) {
  auto Result = Call();
  Ms = 1e9;
  for (int I = 0; I != 5; ++I) {
    double Start = now();
    Result = Call();
    Ms = std::min(Ms, now() - Start);
  }
  return Result;
}

int main(int Argc, char **Argv) {
  if (Argc != 3) {
    std::fprintf(stderr, "usage: host xxhash.so eigen.so\n");
    return 2;
  }
  double Load, Image, Native;
  char A[64], B[64];

  void *XXH = load(Argv[1], Load);
  std::vector<unsigned char> Data(16 << 20);
  for (size_t I = 0; I != Data.size(); ++I)
    Data[I] = static_cast<unsigned char>(I * 2654435761u >> 24);
  auto *XXH3 = find<decltype(pkg_xxh3_64)>(XXH, "pkg_xxh3_64");
  auto H1 = timed([&] { return XXH3(Data.data(), Data.size(), 1); }, Image);
  auto H2 =
      timed([&] { return pkg_xxh3_64(Data.data(), Data.size(), 1); }, Native);
  std::snprintf(A, sizeof(A), "%016llx", H1);
  std::snprintf(B, sizeof(B), "%016llx", H2);
  report("XXH3, 16 MiB", Load, Image, Native, A, B, H1 == H2);

  auto *XXH32 = find<decltype(pkg_xxh32)>(XXH, "pkg_xxh32");
  auto G1 = timed([&] { return XXH32(Data.data(), Data.size(), 1); }, Image);
  auto G2 =
      timed([&] { return pkg_xxh32(Data.data(), Data.size(), 1); }, Native);
  std::snprintf(A, sizeof(A), "%08x", G1);
  std::snprintf(B, sizeof(B), "%08x", G2);
  report("XXH32, 16 MiB", 0, Image, Native, A, B, G1 == G2);

  void *Eigen = load(Argv[2], Load);
  const long N = 256;
  std::vector<double> M(N * N), K(N * N), C1(N * N), C2(N * N);
  for (long I = 0; I != N * N; ++I) {
    M[I] = std::sin(double(I));
    K[I] = std::cos(double(I));
  }
  auto *MatMul = find<decltype(pkg_matmul)>(Eigen, "pkg_matmul");
  timed([&] { return MatMul(C1.data(), M.data(), K.data(), N), 0; }, Image);
  timed([&] { return pkg_matmul(C2.data(), M.data(), K.data(), N), 0; },
        Native);
  bool Close = true;
  for (long I = 0; I != N * N; ++I)
    Close &= std::fabs(C1[I] - C2[I]) <= 1e-9;
  std::snprintf(A, sizeof(A), "c[7]=%.12f", C1[7]);
  std::snprintf(B, sizeof(B), "c[7]=%.12f", C2[7]);
  report("matmul, 256x256", Load, Image, Native, A, B, Close);

  auto *Det = find<decltype(pkg_determinant)>(Eigen, "pkg_determinant");
  for (long I = 0; I != 64; ++I)
    M[I * 9] += 2;
  double D1 = timed([&] { return Det(M.data(), 8); }, Image);
  double D2 = timed([&] { return pkg_determinant(M.data(), 8); }, Native);
  std::snprintf(A, sizeof(A), "%.12g", D1);
  std::snprintf(B, sizeof(B), "%.12g", D2);
  report("determinant, 8x8", 0, Image, Native, A, B,
         std::fabs(D1 - D2) <= 1e-9 * std::fabs(D2));
  return AllEqual ? 0 : 1;
}
