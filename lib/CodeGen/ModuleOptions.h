//===- ModuleOptions.h - Options that change a module -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The options that are applied to a module as it is read, before anything is
/// cloned, cut or optimised.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_MODULEOPTIONS_H
#define PKGIMG_LIB_CODEGEN_MODULEOPTIONS_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
} // namespace llvm

namespace pkgimg {

/// Applies level, debug level, bounds checks, inlining, frame pointers and
/// unwind tables to \p M. Doing it twice is as good as once. The errors name no
/// file.
llvm::Error applyModuleOptions(llvm::Module &M, const CompileOptions &Options);

/// Replaces all calls of the intrinsic \c pkgimg.checkbounds in \p M (see
/// docs/CodeGen.rst), folds what that makes constant, removes the blocks that
/// nothing reaches any more, and the declaration. Fails, naming the function,
/// on any other use of it, and on another type.
llvm::Error lowerBoundsChecks(llvm::Module &M, CacheFlags::BoundsChecks Checks);

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_MODULEOPTIONS_H
