//===- xxhash.c - xxHash as a package -------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/* xxHash, which Debian ships as a header, as a package. */
#define XXH_INLINE_ALL
#include <xxhash.h>

unsigned long long pkg_xxh3_64(const void *Data, unsigned long Size,
                               unsigned long long Seed) {
  return XXH3_64bits_withSeed(Data, Size, Seed);
}

unsigned int pkg_xxh32(const void *Data, unsigned long Size,
                       unsigned int Seed) {
  return XXH32(Data, Size, Seed);
}
