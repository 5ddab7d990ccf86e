//===- FeatureTables.cpp - numbered CPU features --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which bit of Julia's target data is which feature. The .def files beside this
// one have the numbers and where each comes from.
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CPUTargets.h"

using namespace llvm;
using namespace pkgimg;

static constexpr NumberedFeature FeaturesX86Julia1_9[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesX86Julia1_9.def"
};

static constexpr NumberedFeature FeaturesAArch64Julia1_9[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesAArch64Julia1_9.def"
};

static constexpr NumberedFeature FeaturesARMJulia1_9[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesARMJulia1_9.def"
};

static constexpr NumberedFeature FeaturesX86Julia1_14[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesX86Julia1_14.def"
};

static constexpr NumberedFeature FeaturesAArch64Julia1_14[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesAArch64Julia1_14.def"
};

static constexpr NumberedFeature FeaturesRISCV64Julia1_14[] = {
#define FEATURE(NAME, BIT) {NAME, BIT},
#include "FeaturesRISCV64Julia1_14.def"
};

namespace {
/// What one numbering has for one architecture.
struct FeatureTable {
  unsigned NumWords;
  ArrayRef<NumberedFeature> Features;
};
} // namespace

static FeatureTable getTable(FeatureNumbering Numbering,
                             Triple::ArchType Arch) {
  bool Is1_14 = Numbering == FeatureNumbering::Julia1_14;
  // Julia's processor_fallback.cpp, and target_tables_fallback.h.
  FeatureTable Fallback = {1, {}};
  switch (Arch) {
  case Triple::x86:
  case Triple::x86_64:
    if (Is1_14)
      return {4, FeaturesX86Julia1_14};
    // The first word that #56967 may have moved is 10.
    if (Numbering == FeatureNumbering::Julia1_12)
      return {12, ArrayRef(FeaturesX86Julia1_9).take_while([](const auto &F) {
                return F.Bit < 10 * 32;
              })};
    return {11, FeaturesX86Julia1_9};
  case Triple::aarch64:
    if (Is1_14)
      return {5, FeaturesAArch64Julia1_14};
    return {3, FeaturesAArch64Julia1_9};
  case Triple::arm:
  case Triple::thumb:
    if (Is1_14)
      return Fallback;
    return {3, FeaturesARMJulia1_9};
  case Triple::riscv64:
    if (Is1_14)
      return {5, FeaturesRISCV64Julia1_14};
    return Fallback;
  default:
    return Fallback;
  }
}

FeatureNumbering pkgimg::getFeatureNumbering(JuliaVersion Version) {
  if (Version.isAtLeast(1, 14))
    return FeatureNumbering::Julia1_14;
  if (Version.isAtLeast(1, 12))
    return FeatureNumbering::Julia1_12;
  return FeatureNumbering::Julia1_9;
}

ArrayRef<NumberedFeature> pkgimg::getFeatureTable(FeatureNumbering Numbering,
                                                  Triple::ArchType Arch) {
  return getTable(Numbering, Arch).Features;
}

unsigned pkgimg::getNumFeatureWords(FeatureNumbering Numbering,
                                    Triple::ArchType Arch) {
  return getTable(Numbering, Arch).NumWords;
}
