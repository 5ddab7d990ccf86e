//===- CompileOptions.h - How to compile a module ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The options that the compilers of modules and of images share.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_COMPILEOPTIONS_H
#define PKGIMG_CODEGEN_COMPILEOPTIONS_H

#include "pkgimg/Format/CacheFlags.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/Passes/OptimizationLevel.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
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

  /// -g: 0 drops all debug information, 1 leaves line tables (functions,
  /// locations, and what was inlined where), 2 and more leave what the module
  /// has. Without a value the module is not changed.
  std::optional<unsigned> DebugLevel;

  /// --check-bounds: what becomes of the intrinsic \c pkgimg.checkbounds (see
  /// docs/CodeGen.rst). No call of it is ever left.
  CacheFlags::BoundsChecks CheckBounds = CacheFlags::BoundsAuto;

  /// --inline. Without it each function gets \c noinline, unless it has
  /// \c alwaysinline.
  bool Inline = true;

  /// If set, all functions keep frame pointers so, whatever their own
  /// attributes say.
  std::optional<llvm::FramePointerKind> FramePointers;

  /// All functions get unwind tables that are exact at each instruction,
  /// whatever their own attributes say. Without it those get tables that need
  /// them or that ask for them.
  bool UnwindTables = false;

  /// Pass plugins, as files, in the order in which they are to register their
  /// callbacks. A plugin must be built for this LLVM, and finds its symbols in
  /// the process: the program has to export them. Loaded once per process and
  /// never unloaded.
  std::vector<std::string> PassPlugins;

  /// Regular expressions: the remarks of passes whose names match one go to
  /// \ref Diagnostics, from RemarksPassed (-Rpass=) those of what was done,
  /// from RemarksMissed (-Rpass-missed=) those of what could not be done, from
  /// RemarksAnalysis (-Rpass-analysis=) those of the reasons. Empty: none.
  std::string RemarksPassed, RemarksMissed, RemarksAnalysis;

  /// If set, all remarks of the optimiser and the code generator are written
  /// here as LLVM's optimisation records in YAML, a document for each. The
  /// stream is not locked: concurrent calls each need their own.
  llvm::raw_ostream *RemarksFile = nullptr;

  /// If set, a table of the time spent in each phase and in each optimisation
  /// pass is written here in one piece at the end, also when the compilation
  /// fails. Wall times are the call's own; user and system times are, by what
  /// the system offers, the process's. Code generation is one entry: LLVM times
  /// its passes by global state only. The stream is not locked: concurrent
  /// calls each need their own.
  llvm::raw_ostream *TimeReport = nullptr;

  /// Receives warnings (DS_Warning), as whole messages that begin with the
  /// input's name, and remarks (DS_Remark) as clang prints them: "f.c:3:5:
  /// remark: ... [-Rpass=inline]", with the input's name and the function where
  /// there is no debug information. Called on the calling thread and during the
  /// call. Errors do not come here but as the call's result. May be empty.
  std::function<void(llvm::DiagnosticSeverity, llvm::StringRef)> Diagnostics;
};

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_COMPILEOPTIONS_H
