//===- HeaderMutator.cpp - Change headers, and mend their digests ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// libFuzzer's mutator, and then the digests and checksums that make the reader
/// look at what was changed: a fuzzer cannot guess them. docs/ImageFormat.rst
/// has the layouts.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <array>
#include <cstring>

using namespace llvm;
using namespace pkgimg;

/// Our header: the prefix with its fields, and an entry of the section table.
static constexpr size_t NumSectionsAt = 24, DigestAt = 32, PrefixSize = 64;
static constexpr size_t EntryOffsetAt = 8, EntrySizeAt = 16, EntryDigestAt = 32,
                        EntrySize = 64;

using Digest = BLAKE3Result<32>;

static void mendPkgImg(uint8_t *Data, size_t Size) {
  if (Size < PrefixSize)
    return;
  size_t NumSections =
      std::min<size_t>(support::endian::read32le(Data + NumSectionsAt),
                       (Size - PrefixSize) / EntrySize);
  uint8_t *Entry = Data + PrefixSize;
  for (size_t I = 0; I != NumSections; ++I, Entry += EntrySize) {
    uint64_t Offset = support::endian::read64le(Entry + EntryOffsetAt);
    uint64_t Length = support::endian::read64le(Entry + EntrySizeAt);
    if (Offset > Size || Length > Size - Offset)
      continue;
    Digest D = BLAKE3::hash<32>(ArrayRef<uint8_t>(Data + Offset, Length));
    std::memcpy(Entry + EntryDigestAt, D.data(), D.size());
  }
  // Of the prefix, with zeros in the digest's place, and the table.
  std::memset(Data + DigestAt, 0, sizeof(Digest));
  Digest D = BLAKE3::hash<32>(
      ArrayRef<uint8_t>(Data, PrefixSize + NumSections * EntrySize));
  std::memcpy(Data + DigestAt, D.data(), D.size());
}

static void mendJulia(uint8_t *Data, size_t Size) {
  // The magic, the format version, and the mark of the byte order.
  constexpr size_t OrderAt = 10;
  if (Size < OrderAt + 2 + 4)
    return;
  endianness Order = support::endian::read16le(Data + OrderAt) == 0xfeff
                         ? endianness::little
                         : endianness::big;
  uint32_t CRC =
      crc32c(StringRef(reinterpret_cast<const char *>(Data), Size - 4));
  support::endian::write<uint32_t>(Data + Size - 4, CRC, Order);
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *Data, size_t Size,
                                          size_t MaxSize, unsigned Seed) {
  Size = LLVMFuzzerMutate(Data, Size, MaxSize);
  // Now and then the digests stay wrong.
  if (Seed % 16 == 0)
    return Size;
  StringRef Bytes(reinterpret_cast<const char *>(Data), Size);
  if (Bytes.starts_with(HeaderMagic))
    mendPkgImg(Data, Size);
  else if (Bytes.starts_with(JuliaHeaderMagic))
    mendJulia(Data, Size);
  return Size;
}
