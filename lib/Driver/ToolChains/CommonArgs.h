//===- CommonArgs.h - Arguments that several linkers share ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H

#include "pkgimg/Driver/InputInfo.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/Option/ArgList.h"

namespace pkgimg {
namespace driver {
namespace tools {

/// Returns true for -hosted: the C runtime is linked as clang links it.
bool isHosted(const llvm::opt::ArgList &Args);

/// Adds the linker's inputs in order: the folders of LIBRARY_PATH for a native
/// hosted link, files, and positional options. Archives are linked whole.
void addLinkerInputs(const ToolChain &TC, const InputInfoList &Inputs,
                     const llvm::opt::ArgList &Args,
                     llvm::opt::ArgStringList &CmdArgs);

/// Adds -L for each of the toolchain's file paths.
void addFilePathLibArgs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                        llvm::opt::ArgStringList &CmdArgs);

/// Adds the compiler's runtime library and the unwinder.
void addRunTimeLibs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H
