//===- RuntimeLink.h - Links with a runtime profile -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_RUNTIMELINK_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_RUNTIMELINK_H

#include "pkgimg/Driver/InputInfo.h"
#include "llvm/Option/ArgList.h"

namespace pkgimg {
namespace driver {
class Compilation;

namespace tools {

/// Whether the link line comes from a runtime's profile.
bool hasRuntimeProfile(const llvm::opt::ArgList &Args);

/// Adds the link as the runtime's profile has it: its line alone, in place of
/// the one of the toolchain's linker, on every platform. Errors go to the
/// driver's diagnostics.
void constructRuntimeLink(Compilation &C, const char *Output,
                          const InputInfoList &Inputs,
                          const llvm::opt::ArgList &Args);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_RUNTIMELINK_H
