//===- xxhash.c - xxHash as a package -------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/* xxHash, which Debian ships as a header, as a package. */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <xxhash.h>

unsigned long long pkg_xxh3_64(const void *Data, unsigned long Size,
                               unsigned long long Seed) {
  return XXH3_64bits_withSeed(Data, Size, Seed);
}

unsigned int pkg_xxh32(const void *Data, unsigned long Size,
                       unsigned int Seed) {
  return XXH32(Data, Size, Seed);
}

/* Size bytes that follow from Seed alone, for free(); null without memory. */
static unsigned char *makeBytes(long Size, long Seed) {
  unsigned char *Bytes = malloc(Size > 0 ? Size : 1);
  unsigned long State = Seed;
  for (long I = 0; Bytes && I < Size; ++I) {
    State = State * 6364136223846793005ul + 1442695040888963407ul;
    Bytes[I] = State >> 56;
  }
  return Bytes;
}

/* The hash of Size bytes made from Seed; 0 without memory. What a caller with
   scalar arguments alone can check: it has no rounding. */
unsigned long long pkg_xxh3_check(long Size, long Seed) {
  unsigned char *Bytes = makeBytes(Size, Seed);
  unsigned long long Hash = Bytes ? pkg_xxh3_64(Bytes, Size, Seed) : 0;
  free(Bytes);
  return Hash;
}

unsigned int pkg_xxh32_check(long Size, long Seed) {
  unsigned char *Bytes = makeBytes(Size, Seed);
  unsigned int Hash = Bytes ? pkg_xxh32(Bytes, Size, Seed) : 0;
  free(Bytes);
  return Hash;
}
