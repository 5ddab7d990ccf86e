//===- pkgimg-header-fuzzer.cpp - Fuzz the cache header -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the input as the header of a cache file, Julia's or ours, and as the
/// header of an image's data. What can be read must be written, and then read
/// as the same.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/CacheHeader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <tuple>

using namespace llvm;
using namespace pkgimg;

static bool isSame(const ModuleID &A, const ModuleID &B) {
  return A.Name == B.Name && A.UUID == B.UUID && A.BuildID == B.BuildID;
}

static bool isSame(const Dependency &A, const Dependency &B) {
  // Times may be NaN.
  return std::tie(A.IsRequire, A.Path, A.UUID, A.Size, A.CRC, A.ModuleIndex,
                  A.Submodules) == std::tie(B.IsRequire, B.Path, B.UUID, B.Size,
                                            B.CRC, B.ModuleIndex,
                                            B.Submodules) &&
         bit_cast<uint64_t>(A.ModificationTime) ==
             bit_cast<uint64_t>(B.ModificationTime);
}

static bool isSame(const SourceText &A, const SourceText &B) {
  return A.Path == B.Path && A.Text == B.Text;
}

static bool isSame(const NamedFunction &A, const NamedFunction &B) {
  return A.Name == B.Name && A.Signature == B.Signature && A.Index == B.Index;
}

static bool isSame(const UnknownSection &A, const UnknownSection &B) {
  return A.ID == B.ID && A.Content == B.Content;
}

template <typename T>
static bool isSame(const std::vector<T> &A, const std::vector<T> &B) {
  return A.size() == B.size() && all_of(zip_equal(A, B), [](const auto &Pair) {
           return isSame(std::get<0>(Pair), std::get<1>(Pair));
         });
}

/// Compares all fields but those that writing computes: versions, sizes,
/// positions and checksums of the file itself.
static void checkSame(const CacheHeader &A, const CacheHeader &B) {
  FUZZ_CHECK(A.Format == B.Format);
  FUZZ_CHECK(A.Major == B.Major);
  FUZZ_CHECK(A.PointerSize == B.PointerSize);
  FUZZ_CHECK(A.IsLittleEndian == B.IsLittleEndian);
  FUZZ_CHECK(A.Build.OS == B.Build.OS);
  FUZZ_CHECK(A.Build.Arch == B.Build.Arch);
  FUZZ_CHECK(A.Build.Version == B.Build.Version);
  FUZZ_CHECK(A.Build.Branch == B.Build.Branch);
  FUZZ_CHECK(A.Build.Commit == B.Build.Commit);
  FUZZ_CHECK(A.Flags == B.Flags);
  FUZZ_CHECK(A.SyntaxVersion == B.SyntaxVersion);
  FUZZ_CHECK(isSame(A.Modules, B.Modules));
  FUZZ_CHECK(isSame(A.Dependencies, B.Dependencies));
  FUZZ_CHECK(A.Prefs.Keys == B.Prefs.Keys);
  FUZZ_CHECK(A.Prefs.Hash == B.Prefs.Hash);
  FUZZ_CHECK(A.Prefs.TOML == B.Prefs.TOML);
  FUZZ_CHECK(isSame(A.RequiredModules, B.RequiredModules));
  FUZZ_CHECK(A.Targets.Targets == B.Targets.Targets);
  FUZZ_CHECK(A.Targets.Targets.empty() || A.Targets.Layout == B.Targets.Layout);
  FUZZ_CHECK(isSame(A.Sources, B.Sources));
  FUZZ_CHECK(A.IsImageData == B.IsImageData);
  FUZZ_CHECK(A.DataChecksum == B.DataChecksum);
  FUZZ_CHECK(A.Data == B.Data);
  FUZZ_CHECK(A.ImageCRC == B.ImageCRC);
  FUZZ_CHECK(A.Triple == B.Triple);
  FUZZ_CHECK(A.PackageVersion == B.PackageVersion);
  FUZZ_CHECK(A.Producer == B.Producer);
  FUZZ_CHECK(A.Content.has_value() == B.Content.has_value());
  if (A.Content) {
    FUZZ_CHECK(A.Content->Root == B.Content->Root);
    FUZZ_CHECK(A.Content->Length == B.Content->Length);
    FUZZ_CHECK(A.Content->Chunks == B.Content->Chunks);
    FUZZ_CHECK(A.Content->buildID() == B.Content->buildID());
  }
  FUZZ_CHECK(isSame(A.Functions, B.Functions));
  FUZZ_CHECK(isSame(A.UnknownSections, B.UnknownSections));
}

static void checkHeader(MemoryBufferRef Buffer) {
  HeaderReadOptions Loose;
  Loose.CheckDigests = false;
  HeaderReadOptions Short = Loose;
  Short.SkipSources = true;
  Expected<CacheHeader> Checked = readCacheHeader(Buffer);
  Expected<CacheHeader> Header = readCacheHeader(Buffer, Loose);
  Expected<CacheHeader> Skipped = readCacheHeader(Buffer, Short);
  bool IsChecked = checkError(Checked);
  bool IsSkipped = checkError(Skipped);
  if (!checkError(Header)) {
    FUZZ_CHECK(!IsChecked);
    return;
  }
  FUZZ_CHECK(IsSkipped && Skipped->Sources.empty());
  if (IsChecked)
    checkSame(*Checked, *Header);
  getFlagRules(*Header);

  std::string Written =
      checkSuccess(writeCacheHeader(*Header), "what was read can be written");
  CacheHeader Again =
      checkSuccess(readCacheHeader(MemoryBufferRef(Written, "written")),
                   "what was written can be read");
  checkSame(*Header, Again);
  FUZZ_CHECK(checkSuccess(writeCacheHeader(Again), "it can be written again") ==
             Written);
}

static void checkDataHeader(MemoryBufferRef Buffer) {
  uint64_t Size = UINT64_MAX;
  Expected<CacheHeader> Header = readJuliaDataHeader(Buffer, &Size);
  if (!checkError(Header))
    return;
  FUZZ_CHECK(Size <= Buffer.getBufferSize());
  FUZZ_CHECK(Header->IsImageData);
  std::string Written = checkSuccess(writeJuliaDataHeader(*Header),
                                     "what was read can be written");
  CacheHeader Again =
      checkSuccess(readJuliaDataHeader(MemoryBufferRef(Written, "written")),
                   "what was written can be read");
  checkSame(*Header, Again);
  FUZZ_CHECK(checkSuccess(writeJuliaDataHeader(Again),
                          "it can be written again") == Written);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  StringRef Bytes(reinterpret_cast<const char *>(Data), Size);
  MemoryBufferRef Buffer(Bytes, "input");
  checkHeader(Buffer);
  checkDataHeader(Buffer);
  return 0;
}
