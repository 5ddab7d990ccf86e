//===- SanitizerArgs.h - What -fsanitize= asks of a link --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_SANITIZERARGS_H
#define PKGIMG_LIB_DRIVER_SANITIZERARGS_H

#include "pkgimg/Driver/Sanitizers.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Option/ArgList.h"

namespace pkgimg {
namespace driver {

class ToolChain;

/// The checks that the -fsanitize= options of a command line turn on together,
/// by clang's rules: later options win, a group leaves out what the platform
/// has not, and some checks exclude each other.
class SanitizerArgs {
public:
  /// \param Report reports options that contradict each other, or that the
  ///        platform does not have, as errors.
  SanitizerArgs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                bool Report = false);

  /// True if one of the checks in \p Mask is on.
  bool has(SanitizerMask Mask) const { return (Kinds & Mask) != 0; }
  bool empty() const { return Kinds == 0; }

  /// The parts of compiler-rt that a link has.
  struct Runtimes {
    llvm::SmallVector<llvm::StringRef, 2> Shared; ///< Shared libraries.
    /// Archives that are linked whole, and whose symbols stay unexported.
    llvm::SmallVector<llvm::StringRef, 2> Helpers;
    /// Archives that are linked whole, with their list of exported symbols.
    llvm::SmallVector<llvm::StringRef, 4> Whole;
    /// Archives of which the members are linked that something needs.
    llvm::SmallVector<llvm::StringRef, 2> Static;
    /// Symbols that make a member of those needed.
    llvm::SmallVector<llvm::StringRef, 2> RequiredSymbols;
  };
  /// Returns the runtimes of a shared library, or of \p WithStatic relocatable
  /// output, for which clang adds those of an executable.
  Runtimes getRuntimes(bool WithStatic) const;

  /// A part of compiler-rt for Apple's platforms.
  struct DarwinRuntime {
    llvm::StringRef Name;
    bool Shared;
  };
  /// Returns the same for Apple's platforms, in the order of the link: there a
  /// shared library, too, is linked with the runtimes.
  llvm::SmallVector<DarwinRuntime, 4> getDarwinRuntimes() const;

  /// Returns the check whose runtime -static-libsan asks for as an archive,
  /// which Apple's platforms have not; or an empty string.
  llvm::StringRef getStaticDarwinRuntime() const;

  /// True if the checks call a runtime, whoever brings it into the process.
  bool needRuntime() const;

  bool needFuzzer() const { return LinkRuntimes && has(SanitizerKind::Fuzzer); }
  bool needFuzzerInterceptors() const;
  bool hasCrossDsoCFI() const { return CrossDsoCFI; }

  /// The mode of Arm's memory tagging, "sync" or "async"; empty without it.
  llvm::StringRef getMemtagMode() const { return MemtagMode; }

private:
  bool needUbsan() const;
  void reportConflicts(const ToolChain &TC, const llvm::opt::ArgList &Args,
                       SanitizerMask Added, SanitizerMask Trapping);

  SanitizerMask Kinds = 0;
  SanitizerMask Trapping = 0;
  uint32_t Coverage = 0;
  llvm::StringRef MemtagMode;
  bool Shared = false;
  bool MinimalRuntime = false;
  bool CrossDsoCFI = false;
  bool ImplicitCFIRuntime = false;
  bool Stats = false;
  bool SafeStackRuntime = false;
  bool HWAddressAliases = false;
  bool MemoryProfile = false;
  bool LinkRuntimes = true;
  bool LinkCXXRuntimes = false;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_SANITIZERARGS_H
