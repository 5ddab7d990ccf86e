//===- pkgimg-targetdata-fuzzer.cpp - Fuzz the target data ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the input as target data in every layout and byte order. What can be
/// read must be written as it was, and survive the way to names and back.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "pkgimg/Format/CPUTargets.h"

using namespace llvm;
using namespace pkgimg;

/// Names the features of \p Targets, and makes words of the names again.
static void checkFeatures(const CPUTargets &Targets, FeatureNumbering Numbering,
                          Triple::ArchType Arch) {
  CPUTargets Resolved = Targets;
  resolveFeatures(Resolved, Numbering, Arch);
  CPUTargets Encoded = Resolved;
  if (Error E = encodeFeatures(Encoded, Numbering, Arch)) {
    consumeError(std::move(E));
    return;
  }
  // All names had a number, so the words differ in zeros at the end alone.
  resolveFeatures(Encoded, Numbering, Arch);
  FUZZ_CHECK(Encoded.Targets.size() == Resolved.Targets.size());
  for (size_t I = 0; I != Encoded.Targets.size(); ++I) {
    const CPUTarget &A = Encoded.Targets[I], &B = Resolved.Targets[I];
    FUZZ_CHECK(A.Enabled == B.Enabled && A.Disabled == B.Disabled);
    FUZZ_CHECK(A.EnabledWords.size() == getNumFeatureWords(Numbering, Arch));
    if (A.EnabledWords.size() == B.EnabledWords.size() &&
        Targets.Layout != TargetDataLayout::Named)
      FUZZ_CHECK(A == B);
  }
}

static void runOne(StringRef Blob, TargetDataLayout Layout,
                   bool IsLittleEndian) {
  uint64_t Size = UINT64_MAX;
  Expected<CPUTargets> Targets =
      readTargetData(Blob, Layout, IsLittleEndian, &Size);
  Expected<CPUTargets> Whole = readTargetData(Blob, Layout, IsLittleEndian);
  bool IsWhole = checkError(Whole);
  if (!checkError(Targets)) {
    FUZZ_CHECK(!IsWhole);
    return;
  }
  FUZZ_CHECK(Targets->Layout == Layout);
  FUZZ_CHECK(Size <= Blob.size());
  FUZZ_CHECK(IsWhole == (Size == Blob.size()));
  FUZZ_CHECK(!IsWhole || Whole->Targets == Targets->Targets);
  FUZZ_CHECK(Targets->Targets.size() <= MaxCPUTargets);

  std::string Written = checkSuccess(writeTargetData(*Targets, IsLittleEndian),
                                     "what was read can be written");
  CPUTargets Again =
      checkSuccess(readTargetData(Written, Layout, IsLittleEndian),
                   "what was written can be read");
  FUZZ_CHECK(Again.Targets == Targets->Targets);
  // A later minor version is written as this one.
  bool IsLater =
      Layout == TargetDataLayout::Named &&
      Blob.substr(TargetDataMagic.size() + 2, 2) != StringRef("\0\0", 2);
  FUZZ_CHECK(IsLater || Written == Blob.take_front(Size));

  checkFeatures(*Targets, FeatureNumbering::Julia1_9, Triple::x86_64);
  checkFeatures(*Targets, FeatureNumbering::Julia1_12, Triple::x86_64);
  checkFeatures(*Targets, FeatureNumbering::Julia1_12, Triple::arm);
  checkFeatures(*Targets, FeatureNumbering::Julia1_14, Triple::aarch64);
  checkFeatures(*Targets, FeatureNumbering::Julia1_14, Triple::ppc64le);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  StringRef Blob(reinterpret_cast<const char *>(Data), Size);
  std::optional<TargetDataLayout> Layout = identifyTargetData(Blob);
  if (Layout)
    runOne(Blob, *Layout, /*IsLittleEndian=*/false);
  for (bool IsLittleEndian : {true, false}) {
    runOne(Blob, TargetDataLayout::Julia32, IsLittleEndian);
    runOne(Blob, TargetDataLayout::Julia64, IsLittleEndian);
  }
  return 0;
}
