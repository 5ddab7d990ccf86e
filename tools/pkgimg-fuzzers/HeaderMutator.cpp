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
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace pkgimg;

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
    repairHeaderDigests(
        MutableArrayRef<char>(reinterpret_cast<char *>(Data), Size));
  else if (Bytes.starts_with(JuliaHeaderMagic))
    mendJulia(Data, Size);
  return Size;
}
