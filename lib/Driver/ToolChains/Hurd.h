//===- Hurd.h - GNU/Hurd -------------------------------------- -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_HURD_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_HURD_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {
namespace toolchains {

/// GNU/Hurd: glibc in Debian's layout. Its linker is called as Linux's is.
class Hurd final : public Generic_ELF {
public:
  Hurd(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  void addExtraOpts(const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs) const override;

private:
  void findRuntime(const llvm::opt::ArgList &Args);
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_HURD_H
