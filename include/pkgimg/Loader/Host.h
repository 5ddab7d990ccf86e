//===- Host.h - the processor that images are loaded for --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the code of an image can count on: the platform and the processor's
/// features, detected or, for tests, by the name of a processor. All of it
/// comes from LLVM's TargetParser and from the operating system, so that a
/// loader needs no code generator.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LOADER_HOST_H
#define PKGIMG_LOADER_HOST_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"
#include <string>
#include <vector>

namespace pkgimg {

/// A processor under an operating system.
struct HostInfo {
  /// What the process runs as.
  llvm::Triple TheTriple;
  /// LLVM's name of the processor; "generic" or empty if it is not known.
  std::string CPU;
  /// Features by LLVM's names. One that is not listed is absent.
  llvm::StringMap<bool> Features;

  /// Whether code that needs \p Feature, one of LLVM's names, runs here.
  ///
  /// That is so for what is listed as present, for what every processor of the
  /// architecture has though nothing reports it (x87, 64bit), and for what does
  /// not concern code in user mode: instructions of operating systems, modes,
  /// tuning, and names that stand for groups (v8.2a).
  bool has(llvm::StringRef Feature) const;

  /// The features that are listed as present, sorted.
  std::vector<std::string> getFeatureNames() const;
};

/// Detects the machine that this runs on. Features are those that the operating
/// system lets code use, so not AVX where it does not save the registers.
///
///   x86      llvm::sys::getHostCPUFeatures(): CPUID and XCR0.
///   AArch64  Linux: AT_HWCAP and AT_HWCAP2. Elsewhere, what LLVM detects, and
///            has for the processor's name.
///   RISC-V   Linux: what LLVM detects (hwprobe), and AT_HWCAP.
///   ARM      What LLVM detects, on top of the triple's architecture.
///   PowerPC  What the processor's name stands for.
///
/// Thread-safe.
HostInfo detectHost();

/// Returns the host that \p Spec describes for \p T: `NAME[,+FEATURE,-FEATURE]`
/// in LLVM's names. `native` is the machine that this runs on, and needs its
/// architecture; `generic` is what every processor has that runs \p T's
/// programs. A feature brings along what it implies; one that is switched off,
/// what implies it.
///
/// Fails, with the column (from 1), for a name that is not known for the
/// architecture, with the nearest one that is; for a token without a sign or a
/// name; and for an architecture that this LLVM's TargetParser knows no
/// processors of (it does for x86, AArch64, ARM and RISC-V).
llvm::Expected<HostInfo> makeHost(const llvm::Triple &T, llvm::StringRef Spec);

} // namespace pkgimg

#endif // PKGIMG_LOADER_HOST_H
