//===- CurrentFunction.h - What a thread is compiling -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which function and which pass a thread is at, so that a crash can be
/// attributed. The state is the thread's own and owns no memory: it can be read
/// after a crash from which llvm::CrashRecoveryContext jumped back, which runs
/// no destructors, and whatever became of the module. It has to be read on the
/// thread that crashed: after RunSafelyOnThread() it is gone.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_CURRENTFUNCTION_H
#define PKGIMG_CODEGEN_CURRENTFUNCTION_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace pkgimg {

/// Says that this thread now runs \p Pass on \p Function. Either may be empty.
/// Both are copied; names of functions are cut after 1000 bytes, those of
/// passes after 100. optimizeModule() and emitModule() do so for each pass, and
/// clear the state when they return.
void setCurrentFunction(llvm::StringRef Function, llvm::StringRef Pass);

/// Forgets function and pass. To be called before what may crash, lest an
/// earlier crash of the thread be described.
void clearCurrentFunction();

/// Returns the function, as it was cut; empty if none is known. Valid until the
/// next call of setCurrentFunction() on this thread.
llvm::StringRef getCurrentFunctionName();

/// Returns a clause for an error message: "pass 'InstCombinePass' on function
/// 'f'", "pass 'GlobalOptPass'", "function 'f'", or an empty string if nothing
/// is known. A name that was cut ends with "...".
std::string describeCurrentFunction();

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_CURRENTFUNCTION_H
