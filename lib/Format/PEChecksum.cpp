//===- PEChecksum.cpp - the checksum of a PE image ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PEChecksum.h"
#include "PEHeaders.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace pkgimg;

/// PE, "Optional Header Windows-Specific Fields": the same place in PE32 and
/// PE32+.
static constexpr uint64_t CheckSumOffset = 64;

Error pkgimg::renewPEChecksum(MutableArrayRef<char> File, StringRef Name) {
  StringRef Bytes(File.data(), File.size());
  CheckedFile Checked(Name, Bytes);
  FileKind Kind = identifyFile(Bytes);
  if (Kind != FileKind::PEImage)
    return Checked.error("expected a PE image, found: " +
                         getFileKindName(Kind));
  Expected<PEHeaders> Headers = PEHeaders::readWithoutSections(Checked);
  if (!Headers)
    return Headers.takeError();
  const ByteView &Optional = Headers->optional();
  if (!Optional.contains(CheckSumOffset, 4))
    return Checked.damaged("the optional header has " + Twine(Optional.size()) +
                           " bytes, too few for a checksum");
  if (Optional.u32(CheckSumOffset) == 0)
    return Error::success();
  const uint64_t Field = Headers->optionalOffset() + CheckSumOffset;
  support::endian::write32le(&File[Field], 0);
  uint64_t Sum = 0;
  size_t I = 0;
  for (; File.size() - I >= 2; I += 2)
    Sum += support::endian::read16le(&File[I]);
  if (I != File.size())
    Sum += uint8_t(File[I]);
  // Added up at the end, the carries are the same: 2^16 is 1 modulo 2^16 - 1,
  // and a sum that is not zero never becomes it.
  while (Sum >> 16)
    Sum = (Sum & 0xffff) + (Sum >> 16);
  support::endian::write32le(&File[Field], uint32_t(Sum + File.size()));
  return Error::success();
}
