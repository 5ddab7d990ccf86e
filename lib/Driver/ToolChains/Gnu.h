//===- Gnu.h - Platforms with a GNU-style linker and gcc layout -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H

#include "GCCInstallation.h"
#include "pkgimg/Driver/ToolChain.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace gnutools {

/// Calls an ELF linker in the order of arguments that clang's driver has, so
/// that the two can be compared argument for argument.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("gnutools::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace gnutools
} // namespace tools

namespace toolchains {

/// A platform whose C runtime comes with gcc's folder layout, and whose linker
/// takes GNU ld's arguments.
class Generic_GCC : public ToolChain {
protected:
  Generic_GCC(const Driver &D, const llvm::Triple &T,
              const llvm::opt::ArgList &Args)
      : ToolChain(D, T, Args), GCCInstallation(D) {}

  /// Adds the library folders that come with the gcc installation: its own,
  /// those of a cross compiler, and, if it lies in \p SysRoot, the one above it
  /// with the name \p OSLibDir.
  void addMultilibPaths(llvm::StringRef SysRoot, llvm::StringRef OSLibDir);
  /// Adds the folder of a cross compiler's libraries without a multilib's name.
  void addMultiarchPaths();

  GCCInstallationDetector GCCInstallation;
};

/// The ELF platforms among them.
class Generic_ELF : public Generic_GCC {
public:
  /// Adds what the platform always passes, before --eh-frame-hdr.
  virtual void addExtraOpts(const llvm::opt::ArgList &Args,
                            llvm::opt::ArgStringList &CmdArgs) const {}

protected:
  using Generic_GCC::Generic_GCC;
  std::unique_ptr<Tool> buildLinker() const override;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H
