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
