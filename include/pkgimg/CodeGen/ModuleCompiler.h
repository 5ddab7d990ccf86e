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

#include "llvm/ADT/StringRef.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/Passes/OptimizationLevel.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <functional>
#include <string>

namespace llvm {
class raw_ostream;
class raw_pwrite_stream;
} // namespace llvm

namespace pkgimg {

/// What a compilation writes.
enum class EmitKind {
  /// A relocatable object in the target's format, by the integrated assembler.
  Object,
  /// Assembly source.
  Assembly,
  /// Bitcode of the optimised module, with a symbol table.
  Bitcode,
  /// Textual IR of the optimised module.
  IR
};

/// How to compile a module. A default-constructed object compiles to an object
/// at -O2 for the module's own triple.
struct CompileOptions {
  /// The target, normalised. With \ref TargetIsExplicit it replaces the
  /// module's triple; otherwise it serves only a module that has none. May be
  /// empty.
  llvm::Triple Target;

  /// The user named the target (--target). A module for another architecture
  /// is then an error, a module for another system or object format gives a
  /// warning, and any other difference in spelling (vendor, version,
  /// environment) is taken silently.
  bool TargetIsExplicit = false;

  /// LLVM's name of the processor, as llc's -mcpu; empty: that of
  /// getTargetDefaults(). A function's own "target-cpu" attribute, which clang
  /// and Julia write, wins over it.
  std::string CPU;

  /// LLVM feature string ("+avx2,-bmi"), applied after the defaults. The
  /// default features are left out when \ref CPU names a processor other than
  /// the default one. A function's own "target-features" attribute wins.
  std::string Features;

  /// LLVM's name of the ABI; empty: the module's "target-abi" flag, or else
  /// the target's default. It is an error if both are given and differ.
  std::string ABI;

  /// Where floating-point arguments go on 32-bit ARM; Default: by the triple.
  llvm::FloatABI::ABIType FloatABI = llvm::FloatABI::Default;

  /// -O0 to -O3, -Os and -Oz. Functions marked `optnone`, as clang marks all of
  /// them at its own -O0, are not optimised at any level.
  llvm::OptimizationLevel Level = llvm::OptimizationLevel::O2;

  EmitKind Emit = EmitKind::Object;

  /// Parse inline assembly and emit what the integrated assembler understands.
  /// Without it the output can only be Assembly (or Bitcode, or IR).
  bool IntegratedAs = true;

  /// A section of its own for each function, or each variable, so that the
  /// linker can leave out or reorder them one by one. Off, as in clang.
  bool FunctionSections = false;
  bool DataSections = false;

  /// If set, a table of the time spent in each phase and in each optimisation
  /// pass is written here in one piece at the end, also when the compilation
  /// fails. Wall times are the call's own; user and system times are, by what
  /// the system offers, the process's. Code generation is one entry: LLVM times
  /// its passes by global state only. The stream is not locked: concurrent
  /// calls each need their own.
  llvm::raw_ostream *TimeReport = nullptr;

  /// Receives warnings, as whole messages that begin with the input's name, on
  /// the calling thread and during the call. Errors do not come here but as the
  /// call's result; remarks are dropped. May be empty.
  std::function<void(llvm::DiagnosticSeverity, llvm::StringRef)> Diagnostics;
};

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

/// Returns the target triple of the module in \p Input (bitcode or textual IR),
/// as written there; empty if it has none. Reads no further than the triple,
/// and does not check what follows it. Fails, as compileModule() does, if
/// \p Input is neither bitcode nor text, is corrupt before the triple, or comes
/// from a newer LLVM with another epoch. Thread-safe.
llvm::Expected<std::string> readModuleTriple(llvm::MemoryBufferRef Input);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_MODULECOMPILER_H
