//===- ModulePipeline.h - Optimise and emit a module ------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The two halves of a compilation after reading: LLVM's optimisation pipeline,
/// and the writing of an object, assembly, bitcode or IR.
///
/// Errors that LLVM reports through the context's diagnostic handler are the
/// result of the call, and name the module by its identifier. What the thread
/// is at is known while they run: see CurrentFunction.h.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_MODULEPIPELINE_H
#define PKGIMG_CODEGEN_MODULEPIPELINE_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace pkgimg {

/// Runs LLVM's default pipeline of \p Options' level, tuned as clang does, on
/// \p M. \p TM is that of createTargetMachine(). If \p Options has a time
/// report, the table of the optimisation passes is written there. Where LLVM's
/// time trace profiler runs on this thread, the call is its scope "Optimize".
/// After an error the module may be half optimised.
llvm::Error optimizeModule(llvm::Module &M, llvm::TargetMachine &TM,
                           const CompileOptions &Options);

/// Writes \p M, as it is, to \p OS in the form of \p Options' \c Emit. For an
/// object or assembly this runs the code generator, which changes the module:
/// it can then only be thrown away. Where LLVM's time trace profiler runs on
/// this thread, the call is its scope "Emit".
///
/// Fails on what the backend and inline assembly report, and if \p TM cannot
/// write this kind of file. After an error, what \p OS holds is meaningless.
llvm::Error emitModule(llvm::Module &M, llvm::TargetMachine &TM,
                       const CompileOptions &Options,
                       llvm::raw_pwrite_stream &OS);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_MODULEPIPELINE_H
