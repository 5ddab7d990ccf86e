//===- ModuleCompiler.cpp - Compile an LLVM module to native code ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "CodeGenErrors.h"
#include "DiagnosticCollector.h"
#include "pkgimg/CodeGen/ForeignModules.h"
#include "pkgimg/CodeGen/ModulePipeline.h"
#include "pkgimg/CodeGen/TargetMachines.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Timer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace pkgimg;

namespace {

/// The time report of one compilation; costs nothing if none is wanted.
class PhaseTimers {
public:
  explicit PhaseTimers(raw_ostream *Report) : Report(Report) {}

  Timer *getRead() { return Report ? &Read : nullptr; }
  Timer *getOptimize() { return Report ? &Optimize : nullptr; }
  Timer *getEmit() { return Report ? &Emit : nullptr; }

  /// Writes the table of phases and \p PassReport, in one piece.
  void print(StringRef File, StringRef PassReport) {
    if (!Report)
      return;
    std::string Text;
    raw_string_ostream OS(Text);
    OS << "Time report: " << File << "\n";
    Phases.print(OS, /*ResetAfterPrint=*/true);
    OS << PassReport;
    *Report << OS.str();
  }

private:
  raw_ostream *Report;
  TimerGroup Phases{"pkgimg", "Module compilation phases"};
  Timer Read{"read", "Read and verify", Phases};
  Timer Optimize{"optimize", "Optimize", Phases};
  Timer Emit{"emit", "Emit", Phases};
};

} // namespace

static Error compile(MemoryBufferRef Input, const CompileOptions &Options,
                     PhaseTimers &Timers, raw_pwrite_stream &OS) {
  LLVMContext Context;
  // For the whole compilation, so that messages name the file with its
  // directory, which the module must not have.
  DiagnosticScope Diags(Context, Input.getBufferIdentifier(), Options);
  std::unique_ptr<Module> M;
  {
    TimeRegion Region(Timers.getRead());
    if (Error E = readModule(Input, Context, Options).moveInto(M))
      return E;
  }
  std::unique_ptr<TargetMachine> TM;
  if (Error E = createTargetMachine(*M, Options).moveInto(TM))
    return E;
  // What has tables is final: they name what is in it.
  if (!hasImageTables(*M)) {
    TimeRegion Region(Timers.getOptimize());
    if (Error E = optimizeModule(*M, *TM, Options))
      return E;
  }
  TimeRegion Region(Timers.getEmit());
  return emitModule(*M, *TM, Options, OS);
}

Error pkgimg::compileModule(MemoryBufferRef Input,
                            const CompileOptions &Options,
                            raw_pwrite_stream &OS) {
  startCodeGen();
  StringRef File = Input.getBufferIdentifier();
  if (Options.Emit == EmitKind::Object && !Options.IntegratedAs)
    return fileError(File, "an object needs the integrated assembler; emit "
                           "assembly to use another one");
  std::string PassReport;
  raw_string_ostream PassReportStream(PassReport);
  CompileOptions Phases = Options;
  if (Options.TimeReport)
    Phases.TimeReport = &PassReportStream;
  PhaseTimers Timers(Options.TimeReport);
  auto Report = make_scope_exit([&] { Timers.print(File, PassReport); });
  return compile(Input, Phases, Timers, OS);
}
