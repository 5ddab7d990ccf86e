//===- CrossWindows.h - Windows with the Itanium C++ ABI --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_CROSSWINDOWS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_CROSSWINDOWS_H

#include "pkgimg/Driver/Tool.h"
#include "pkgimg/Driver/ToolChain.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace crosswindows {

/// Calls a linker with GNU ld's arguments for PE images.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("crosswindows::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace crosswindows
} // namespace tools

namespace toolchains {

/// windows-itanium: Microsoft's C runtime and the Itanium C++ ABI.
class CrossWindows final : public ToolChain {
public:
  CrossWindows(const Driver &D, const llvm::Triple &T,
               const llvm::opt::ArgList &Args);

  /// clang's name, or what LoadLibrary() takes without an ending.
  llvm::StringRef getDefaultImageName() const override {
    return IsHosted ? "a.exe" : "a.dll";
  }
  void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                           llvm::opt::ArgStringList &CmdArgs) const override;
  SanitizerMask getSupportedSanitizers() const override;
  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;

private:
  bool IsHosted;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_CROSSWINDOWS_H
