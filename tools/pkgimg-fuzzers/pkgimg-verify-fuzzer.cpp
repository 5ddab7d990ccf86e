//===- pkgimg-verify-fuzzer.cpp - Fuzz the verifier -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Verifies the input with every option. A header of ours may be followed by
/// the image that it belongs to.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/Verifier.h"

using namespace llvm;
using namespace pkgimg;

/// Verifies \p Bytes, and returns true if they are sound.
static bool verifyOnce(StringRef Bytes, const VerifierOptions &Options) {
  Expected<VerifierReport> Report =
      verify(MemoryBufferRef(Bytes, "input"), Options);
  if (!Report) {
    std::string Message = toString(Report.takeError());
    FUZZ_CHECK(!Message.empty());
    return false;
  }
  FUZZ_CHECK(!Report->Items.empty());
  for (const VerifiedItem &Item : Report->Items)
    FUZZ_CHECK(!Item.What.empty());
  FUZZ_CHECK(!getPackageFileKindName(Report->Kind).empty());
  switch (Report->Kind) {
  case PackageFileKind::Header:
    FUZZ_CHECK(Report->Header.has_value());
    break;
  case PackageFileKind::Image:
    FUZZ_CHECK(Report->Image && Report->Tables);
    break;
  case PackageFileKind::Archive:
    FUZZ_CHECK(Report->Archive.has_value());
    break;
  }
  return true;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  StringRef Bytes(reinterpret_cast<const char *>(Data), Size);
  VerifierOptions Options;
  // Enough for what fits in an input, and too little to fill the memory.
  Options.MaxDataSize = 1 << 20;
  bool IsSound = verifyOnce(Bytes, Options);
  Options.Threads = 2;
  FUZZ_CHECK(verifyOnce(Bytes, Options) == IsSound);
  Options.CheckContent = false;
  // What all of the checks find sound, some of them do.
  FUZZ_CHECK(verifyOnce(Bytes, Options) || !IsSound);
  Options.CheckContent = true;
  Options.Threads = 1;
  for (Triple::ArchType Arch : {Triple::x86_64, Triple::aarch64}) {
    Options.Arch = Arch;
    verifyOnce(Bytes, Options);
  }
  Options.Arch = Triple::UnknownArch;

  HeaderReadOptions Loose;
  Loose.CheckDigests = false;
  Expected<CacheHeader> Header =
      readCacheHeader(MemoryBufferRef(Bytes, "input"), Loose);
  if (!checkError(Header))
    return 0;
  bool IsOurs = Header->Format == HeaderFormat::PkgImg;
  StringRef Image = IsOurs ? Bytes.drop_front(Header->Size) : Bytes;
  StringRef HeaderBytes = IsOurs ? Bytes.take_front(Header->Size) : Bytes;
  Options.Image = MemoryBufferRef(Image, "image");
  for (bool CheckContent : {true, false}) {
    Options.CheckContent = CheckContent;
    verifyOnce(HeaderBytes, Options);
  }
  return 0;
}
