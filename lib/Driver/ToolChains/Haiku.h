//===- Haiku.h - Haiku ---------------------------------------- -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_HAIKU_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_HAIKU_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace haiku {

/// Calls an ELF linker as clang calls that of Haiku.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("haiku::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace haiku
} // namespace tools

namespace toolchains {

/// Haiku, whose libraries and gcc lie below /boot/system.
class Haiku final : public Generic_ELF {
public:
  Haiku(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

protected:
  std::unique_ptr<Tool> buildLinker() const override;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_HAIKU_H
