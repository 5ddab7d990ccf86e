//===- ModuleCompiler.h - Compile an LLVM module to native code -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles one LLVM module, bitcode or textual IR, inside this process: to an
/// object, to assembly, or to optimised bitcode or IR. The phases are read,
/// verify, optimise and emit; the result depends on the input's bytes, its base
/// name and the options alone.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_MODULECOMPILER_H
#define PKGIMG_CODEGEN_MODULECOMPILER_H

#include "pkgimg/CodeGen/CompileOptions.h"
#include "pkgimg/CodeGen/ModuleReader.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace llvm {
class raw_pwrite_stream;
} // namespace llvm

namespace pkgimg {

/// Compiles the module in \p Input (raw or wrapped bitcode, or textual IR,
/// recognised by its content) as \p Options say and writes the result to \p OS.
/// \p Input stays the caller's, must live for the call, and needs no final NUL
/// byte or alignment. Its identifier names the file in messages; only its base
/// name can get into the output.
///
/// The code is position independent, fit for a shared library, however the
/// module was made: a module compiled for a fixed-position or
/// position-independent executable (clang's default on most Linux systems)
/// loses what it assumed of itself, namely its PIE level and, for ELF, the
/// `dso_local` of symbols that other images may preempt. A module without a
/// "PIC Level" flag gets level 2. The code model is the target's default,
/// except for x86-64 modules that ask for the medium or large one.
/// Optimisation is LLVM's default pipeline, tuned as clang does per level.
///
/// Reads bitcode from LLVM 3.0 (with what LLVM upgrades) to this LLVM, and
/// textual IR of this LLVM. Debug information that does not verify is dropped
/// with a warning.
///
/// \returns an error that names the file and what is wrong: an empty, corrupt
/// or truncated file; bitcode of a newer LLVM (with producer, reader, and what
/// to do); a syntax error (with line, column, source line and caret); IR that
/// does not verify; no target, an unknown one, or one for another architecture
/// than the module's; an unknown CPU, feature or ABI (with the nearest
/// spelling); errors of the backend and in inline assembly. After an error,
/// what \p OS holds is meaningless.
///
/// LLVM ends the process on some inputs (report_fatal_error, failed
/// assertions, and corrupt bitcode that its reader does not catch). This
/// function does not intercept that: a caller that must survive runs it under
/// llvm::CrashRecoveryContext, with a fatal error handler installed, because
/// report_fatal_error may call exit() where no handler is.
///
/// Thread-safe: every call has its own LLVMContext, and no global option is
/// read back or changed. For -ftime-trace the caller initialises LLVM's time
/// trace profiler on each thread; the call then adds the scopes "Parse",
/// "Optimize" and "Emit", and one for each pass.
llvm::Error compileModule(llvm::MemoryBufferRef Input,
                          const CompileOptions &Options,
                          llvm::raw_pwrite_stream &OS);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_MODULECOMPILER_H
