//===- HostFeatures.h - features by architecture ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What each architecture has to say of features. Private to lib/Loader.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_LOADER_HOSTFEATURES_H
#define PKGIMG_LIB_LOADER_HOSTFEATURES_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Triple.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

using FeatureMap = llvm::StringMap<bool>;

/// What the target parser knows of one architecture.
class ArchFeatures {
public:
  /// Returns nullptr for an architecture without processors to choose from.
  static std::unique_ptr<ArchFeatures> create(const llvm::Triple &T);

  explicit ArchFeatures(const llvm::Triple &T) : TheTriple(T) {}
  virtual ~ArchFeatures();

  /// Returns the features of the processor \p Name with all that they imply;
  /// nullopt if there is none of that name. "generic" is always known.
  virtual std::optional<FeatureMap> getCPU(llvm::StringRef Name) const = 0;
  virtual bool isFeature(llvm::StringRef Name) const = 0;
  /// Switches a feature on with what it implies, or off with what implies it.
  virtual void set(FeatureMap &Features, llvm::StringRef Feature,
                   bool On) const = 0;
  virtual std::vector<std::string> getCPUNames() const = 0;
  virtual std::vector<std::string> getFeatureNames() const = 0;

protected:
  llvm::Triple TheTriple;
};

/// Whether code that needs \p Feature runs on every machine that runs programs
/// for \p T, or the feature does not concern code in user mode at all.
bool isAlwaysPresent(const llvm::Triple &T, llvm::StringRef Feature);

/// Sets the features that Linux reports for AArch64 in AT_HWCAP and AT_HWCAP2.
void addAArch64HWCaps(FeatureMap &Features, uint64_t HWCap, uint64_t HWCap2);

/// Sets the features that Linux reports for RISC-V of \p XLen bits in AT_HWCAP,
/// and what they imply.
void addRISCVHWCaps(FeatureMap &Features, unsigned XLen, uint64_t HWCap);

/// Sets the features of the PowerPC processor with LLVM's name \p CPU; none for
/// a name that is not one of POWER8 or later, or "ppc64le".
void addPPCFeatures(FeatureMap &Features, llvm::StringRef CPU);

} // namespace pkgimg

#endif // PKGIMG_LIB_LOADER_HOSTFEATURES_H
