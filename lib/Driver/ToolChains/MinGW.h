//===- MinGW.h - Windows with MinGW's conventions ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_MINGW_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_MINGW_H

#include "pkgimg/Driver/Tool.h"
#include "pkgimg/Driver/ToolChain.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace mingw {

/// LLD's MinGW front end, or GNU ld for PE.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("mingw::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;

private:
  void addLibGCC(const llvm::opt::ArgList &Args,
                 llvm::opt::ArgStringList &CmdArgs) const;
};

} // namespace mingw
} // namespace tools

namespace toolchains {

/// Windows, with the runtime libraries and the linker of MinGW: the one that
/// comes with gcc, or LLVM's. A self-contained link needs neither.
class MinGW final : public ToolChain {
public:
  MinGW(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  /// Gives \p T, whose architecture came by -m32, the name of one for which
  /// there is an installation: i386, i586 or i686, or armv7.
  static void fixTripleArch(const Driver &D, llvm::Triple &T,
                            const llvm::opt::ArgList &Args);

  SanitizerMask getSupportedSanitizers() const override;
  llvm::StringRef getDefaultImageName() const override;
  std::unique_ptr<llvm::opt::DerivedArgList>
  translateArgs(const llvm::opt::DerivedArgList &Args) const override;
  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;
  void completeRuntimeLink(Compilation &C, LinkCommand &Cmd,
                           const char *Output) const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;

private:
  void findRuntime(const llvm::opt::ArgList &Args);

  bool IsHosted;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_MINGW_H
