//===- TargetsYAML.h - target data in YAML ----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The processors of an image as YAML: features by name where the names say all
/// that the words do, otherwise the words.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_TARGETSYAML_H
#define PKGIMG_FORMATYAML_TARGETSYAML_H

#include "pkgimg/Format/CPUTargets.h"
#include "pkgimg/FormatYAML/Scalars.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <vector>

namespace pkgimg {
namespace FormatYAML {

/// One target. Of Julia's layouts, the words and the names may both be given;
/// what is stored has the bits of both.
struct Target {
  Text Name;
  std::vector<TargetFlag> Flags;
  std::optional<uint32_t> Base;
  std::vector<llvm::yaml::Hex64> EnabledWords, DisabledWords;
  std::optional<std::vector<Text>> Enabled, Disabled;
  /// Ours; a list that is there, empty or not, sets HasUsed.
  std::optional<std::vector<Text>> Used;
  Text ExtFeatures;
};

/// What the names of features depend on.
struct TargetContext {
  TargetDataLayout Layout = TargetDataLayout::Named;
  FeatureNumbering Numbering = FeatureNumbering::Julia1_14;
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
};

/// Returns the layout that \p Numbering goes with.
TargetDataLayout getLayout(FeatureNumbering Numbering);

/// Makes \p List of what was read. Words become names if \p Context's tables
/// give the same words back.
std::vector<Target> fromTargets(const CPUTargets &Targets,
                                const TargetContext &Context);

/// The reverse. Fails for a name that has no bit; the error names the target.
llvm::Expected<CPUTargets> toTargets(llvm::ArrayRef<Target> List,
                                     const TargetContext &Context);

} // namespace FormatYAML
} // namespace pkgimg

LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Target)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Target)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::TargetDataLayout)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::FeatureNumbering)

#endif // PKGIMG_FORMATYAML_TARGETSYAML_H
