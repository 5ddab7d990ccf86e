//===- CodegenArgs.h - Options for compiling IR -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Translates the command line for the CodeGen library: what holds for modules
/// and for images.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGENARGS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGENARGS_H

#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/Option/ArgList.h"

namespace pkgimg {
namespace driver {
namespace tools {

/// What -c, -S and -emit-llvm ask for; an object where a link follows.
EmitKind getEmitKind(const llvm::opt::ArgList &Args);

/// Returns the ending of the files that -c, -S and -emit-llvm ask for, with
/// its dot.
const char *getCodegenSuffix(const llvm::opt::ArgList &Args);

/// Whether the modules are to be an image, with tables and for CPU targets, and
/// not an object each.
bool isImageWanted(const llvm::opt::ArgList &Args);

/// Returns where optimization records go, with \p Output as what is made; empty
/// if none are wanted.
std::string getRemarksFile(const llvm::opt::ArgList &Args,
                           llvm::StringRef Output);

/// Sets \p Options by \p Args, and adds to \p CmdArgs the options that do the
/// same alone, without inputs and output. Returns false after an error.
bool setCompileOptions(const ToolChain &TC, const llvm::opt::ArgList &Args,
                       EmitKind Emit, CompileOptions &Options,
                       llvm::opt::ArgStringList &CmdArgs);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGENARGS_H
