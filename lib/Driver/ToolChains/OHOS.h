//===- OHOS.h - OpenHarmony -------------------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_OHOS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_OHOS_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {
namespace toolchains {

/// OpenHarmony, on Linux' kernel or LiteOS: musl and LLVM's own runtime
/// libraries, in folders that do not follow gcc's layout.
class OHOS final : public Generic_ELF {
public:
  OHOS(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  void addExtraOpts(const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs) const override;

  /// Besides --sysroot=: the one beside the compiler's folder; in it, the
  /// target's own folder if there is one.
  std::string computeSysRoot() const override;

  RuntimeLibType
  getRuntimeLibType(const llvm::opt::ArgList &Args) const override;
  UnwindLibType getUnwindLibType(const llvm::opt::ArgList &Args) const override;
  CXXStdlibType getCXXStdlibType(const llvm::opt::ArgList &Args) const override;
  void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                           llvm::opt::ArgStringList &CmdArgs) const override;
  std::string getCompilerRT(const llvm::opt::ArgList &Args,
                            llvm::StringRef Component,
                            FileType Type) const override;
  path_list getRuntimeLibraryDirs() const override;

  SanitizerMask getSupportedSanitizers() const override;
  void addProfileRuntime(const llvm::opt::ArgList &Args,
                         llvm::opt::ArgStringList &CmdArgs) const override;

private:
  std::string getMultiarchTriple() const;

  /// The folder of the libraries for the processor, below those for the target.
  std::string Multilib;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_OHOS_H
