//===- NetBSD.h - NetBSD -------------------------------------- -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_NETBSD_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_NETBSD_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace netbsd {

/// Calls an ELF linker as clang calls that of NetBSD.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("netbsd::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace netbsd
} // namespace tools

namespace toolchains {

/// NetBSD, with the libraries of its base system.
class NetBSD final : public Generic_ELF {
public:
  NetBSD(const Driver &D, const llvm::Triple &T,
         const llvm::opt::ArgList &Args);
  SanitizerMask getSupportedSanitizers() const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;
  CXXStdlibType getDefaultCXXStdlibType() const override;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_NETBSD_H
