//===- OpenBSD.h - OpenBSD ------------------------------------ -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_OPENBSD_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_OPENBSD_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace openbsd {

/// Calls an ELF linker as clang calls that of OpenBSD.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("openbsd::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace openbsd
} // namespace tools

namespace toolchains {

/// OpenBSD, with the libraries of its base system.
class OpenBSD final : public Generic_ELF {
public:
  OpenBSD(const Driver &D, const llvm::Triple &T,
          const llvm::opt::ArgList &Args);

  void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                           llvm::opt::ArgStringList &CmdArgs) const override;

  std::string getCompilerRT(const llvm::opt::ArgList &Args,
                            llvm::StringRef Component,
                            FileType Type) const override;
  SanitizerMask getSupportedSanitizers() const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;
  RuntimeLibType getDefaultRuntimeLibType() const override {
    return RuntimeLibType::CompilerRT;
  }
  CXXStdlibType getDefaultCXXStdlibType() const override {
    return CXXStdlibType::Libcxx;
  }
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_OPENBSD_H
