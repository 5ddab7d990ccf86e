//===- Arch.h - ABIs and processors by architecture -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_ARCH_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_ARCH_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Option/ArgList.h"
#include "llvm/TargetParser/Triple.h"

#include <string>

namespace pkgimg {
namespace driver {
namespace tools {

/// Returns the processor that clang generates code for: what -mcpu= or -march=
/// names, "native" being resolved, or else the architecture's default. Empty
/// where LLVM's own default is taken.
std::string getTargetCPU(const llvm::Triple &T, const llvm::opt::ArgList &Args);

/// Returns the calling convention of RISC-V code, "lp64d" for instance: by
/// -mabi=, or the extensions that -march= or -mcpu= name, or the triple.
std::string getRISCVABI(const llvm::Triple &T, const llvm::opt::ArgList &Args);

/// What MIPS code is made for.
struct MipsTarget {
  llvm::StringRef CPU; ///< "mips32r2"
  llvm::StringRef ABI; ///< "o32", "n32", "n64"
};
/// Either of the two follows from the other where the command line has one.
MipsTarget getMipsTarget(const llvm::Triple &T, const llvm::opt::ArgList &Args);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_ARCH_H
