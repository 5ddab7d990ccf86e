//===- Linux.h - Linux: glibc, musl and Android -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_LINUX_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_LINUX_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {
namespace toolchains {

/// Linux with glibc, musl or Android's bionic. Unlike clang, nothing depends on
/// the distribution that the driver runs on: the same target gives the same
/// image anywhere.
class Linux final : public Generic_ELF {
public:
  Linux(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  void addExtraOpts(const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs) const override;

  /// Besides --sysroot=: `../sysroot` of an Android development kit that the
  /// program lies in, and what MIPS toolchains have beside gcc.
  std::string computeSysRoot() const override;

  SanitizerMask getSupportedSanitizers() const override;
  void addProfileRuntime(const llvm::opt::ArgList &Args,
                         llvm::opt::ArgStringList &CmdArgs) const override;

protected:
  RuntimeLibType getDefaultRuntimeLibType() const override;
  CXXStdlibType getDefaultCXXStdlibType() const override;

private:
  void findRuntime(const llvm::opt::ArgList &Args);
  std::string getMultiarchTriple(llvm::StringRef SysRoot,
                                 const llvm::opt::ArgList &Args) const;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_LINUX_H
