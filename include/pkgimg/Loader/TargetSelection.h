//===- TargetSelection.h - which code of an image to run --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Chooses the CPU target of an image for a processor, and says of every target
/// whether it can run there, and what it lacks.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LOADER_TARGETSELECTION_H
#define PKGIMG_LOADER_TARGETSELECTION_H

#include "pkgimg/Format/CPUTargets.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/Loader/Host.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// By which rules a target is accepted and preferred.
///
/// Of all: the target with the largest vector registers wins, among several the
/// one with the most features, and among those the last. Vector registers have,
/// in bytes: x86, 64 with AVX-512 unless its registers are limited to 256 bits
/// (evex512 is absent where there is such a feature), 32 with AVX, 16 without;
/// AArch64, 256 with SVE or SME, as they have no size, 16 without; RISC-V, 128
/// with V or Zve64d, 32 with Zve32x, 0 without; 16 elsewhere.
enum class SelectionRules {
  /// Julia up to 1.13: the host must have all features that are enabled. A
  /// target with the name of the host's processor beats all others.
  Julia1_9,
  /// Julia 1.14: the same, but names play no part (cpufeatures #37).
  Julia1_14,
  /// Ours: the host must have the features that the code was found to use, or
  /// if that is not known, all that are enabled.
  PkgImg
};

/// Returns the rules for images of \p Dialect.
SelectionRules getSelectionRules(ImageDialect Dialect);

/// What is to be said of one target.
struct TargetVerdict {
  bool Accepted = false;
  /// The features that the code needs and the host lacks, sorted.
  std::vector<std::string> Missing;
  /// A base that is not accepted, which the code of this target runs with.
  std::optional<uint32_t> RefusedBase;
  /// Of the code, its bases' included.
  unsigned VectorBytes = 0;
  /// The number of features that are enabled.
  unsigned NumFeatures = 0;
  /// The target has the name of the host's processor.
  bool IsNamed = false;

  /// "accepted", "needs avx512f, avx512vl, which the processor lacks", "its
  /// base, target 1, is refused".
  std::string message() const;
};

/// The choice among the targets of an image.
struct TargetSelection {
  /// One per target.
  std::vector<TargetVerdict> Verdicts;
  /// nullopt if none is accepted.
  std::optional<uint32_t> Chosen;
  /// Why the chosen one was preferred, as a clause: "the only one accepted",
  /// "the largest vector registers (64 bytes)". Empty if there is none.
  std::string Reason;
};

/// Makes the choice among \p Targets for \p Host. Enabled must have names, also
/// in Julia's layouts (resolveFeatures()). \p Bases has, for each target, the
/// targets whose code it runs with, all of smaller numbers; if it is empty,
/// those that \p Targets store count.
TargetSelection selectTarget(const CPUTargets &Targets, SelectionRules Rules,
                             const HostInfo &Host,
                             llvm::ArrayRef<std::vector<uint32_t>> Bases = {});

/// Makes the choice for an image whose tables are \p Tables, and whose code is
/// for \p Arch. Julia's features are resolved by the release that the header of
/// its data tells, or if there is none, by the dialect and the number of words.
TargetSelection selectTarget(const ImageTables &Tables,
                             llvm::Triple::ArchType Arch, const HostInfo &Host);

} // namespace pkgimg

#endif // PKGIMG_LOADER_TARGETSELECTION_H
