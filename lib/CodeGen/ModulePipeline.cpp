//===- ModulePipeline.cpp - Optimise and emit a module --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModulePipeline.h"
#include "CodeGenErrors.h"
#include "CurrentFunctionPasses.h"
#include "DiagnosticCollector.h"
#include "pkgimg/CodeGen/CurrentFunction.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/IR/PassTimingInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <vector>

#ifdef LLVM_ON_UNIX
#include <dlfcn.h>
#endif

using namespace llvm;
using namespace pkgimg;

/// Loads the plugin in \p File.
static Expected<PassPlugin> loadPlugin(const std::string &File) {
  auto Failed = [&](const Twine &Reason) {
    return fileError(File, "cannot load the pass plugin: " + Reason +
                               "; build it for LLVM " LLVM_VERSION_STRING
                               ", and check that the file exists");
  };
#ifdef LLVM_ON_UNIX
  // LLVM resolves functions when they are first called, and a missing one then
  // ends the process. What is loaded stays so, and is only found again below.
  if (!dlopen(File.c_str(), RTLD_NOW | RTLD_LOCAL))
    return Failed(dlerror());
#endif
  Expected<PassPlugin> Plugin = PassPlugin::Load(File);
  if (!Plugin)
    return Failed(toString(Plugin.takeError()));
  return Plugin;
}

static Expected<std::vector<PassPlugin>>
loadPlugins(ArrayRef<std::string> Files) {
  std::vector<PassPlugin> Result;
  for (const std::string &File : Files) {
    Expected<PassPlugin> Plugin = loadPlugin(File);
    if (!Plugin)
      return Plugin.takeError();
    Result.push_back(std::move(*Plugin));
  }
  return Result;
}

Error pkgimg::optimizeModule(Module &M, TargetMachine &TM,
                             const CompileOptions &Options) {
  DiagnosticScope Diags(M, Options);
  TimeTraceScope Scope("Optimize", Diags->getFile());
  RemarksScope Remarks(M.getContext());
  if (Error E = Remarks.start(Options))
    return E;
  std::vector<PassPlugin> Plugins;
  if (Error E = loadPlugins(Options.PassPlugins).moveInto(Plugins))
    return E;
  clearCurrentFunction();
  auto Clear = make_scope_exit(clearCurrentFunction);

  OptimizationLevel Level = Options.Level;
  PipelineTuningOptions Tuning;
  Tuning.LoopUnrolling = Level.getSpeedupLevel() > 1;
  Tuning.LoopInterleaving = Tuning.LoopUnrolling;
  Tuning.LoopVectorization =
      Level.getSpeedupLevel() > 1 && Level.getSizeLevel() < 2;
  Tuning.SLPVectorization = Level.getSpeedupLevel() > 1;
  // Other assemblers need not know the section.
  Tuning.CallGraphProfile = Options.IntegratedAs;

  // Analysis managers die in the reverse of this order, as they must.
  LoopAnalysisManager LAM;
  FunctionAnalysisManager FAM;
  CGSCCAnalysisManager CGAM;
  ModuleAnalysisManager MAM;

  PassInstrumentationCallbacks Callbacks;
  // Among others, these keep passes off `optnone` functions.
  StandardInstrumentations Instrumentations(M.getContext(),
                                            /*DebugLogging=*/false);
  Instrumentations.registerCallbacks(Callbacks, &MAM);
  TimePassesHandler PassTimes(/*Enabled=*/Options.TimeReport != nullptr);
  if (Options.TimeReport)
    PassTimes.setOutStream(*Options.TimeReport); // Written when it dies.
  PassTimes.registerCallbacks(Callbacks);
  trackCurrentFunction(Callbacks);

  PassBuilder PB(&TM, Tuning, /*PGOOpt=*/std::nullopt, &Callbacks);
  for (const PassPlugin &Plugin : Plugins)
    Plugin.registerPassBuilderCallbacks(PB);
  TargetLibraryInfoImpl TLII(TM.getTargetTriple());
  FAM.registerPass([&] { return TargetLibraryAnalysis(TLII); });
  PB.registerModuleAnalyses(MAM);
  PB.registerCGSCCAnalyses(CGAM);
  PB.registerFunctionAnalyses(FAM);
  PB.registerLoopAnalyses(LAM);
  PB.crossRegisterProxies(LAM, FAM, CGAM, MAM);

  ModulePassManager MPM = Level == OptimizationLevel::O0
                              ? PB.buildO0DefaultPipeline(Level)
                              : PB.buildPerModuleDefaultPipeline(Level);
  MPM.run(M, MAM);
  return Diags->takeError();
}

Error pkgimg::emitModule(Module &M, TargetMachine &TM,
                         const CompileOptions &Options, raw_pwrite_stream &OS) {
  DiagnosticScope Diags(M, Options);
  TimeTraceScope Scope("Emit", Diags->getFile());
  RemarksScope Remarks(M.getContext());
  if (Error E = Remarks.start(Options))
    return E;
  clearCurrentFunction();
  auto Clear = make_scope_exit(clearCurrentFunction);

  if (Options.Emit == EmitKind::IR) {
    M.print(OS, /*AAW=*/nullptr);
    return Error::success();
  }
  if (Options.Emit == EmitKind::Bitcode) {
    WriteBitcodeToFile(M, OS);
    return Diags->takeError();
  }

  // The code generator wants its own data layout to the letter; non-integral
  // address spaces have served their purpose.
  M.setDataLayout(TM.createDataLayout());
  // LLVM generates code with its older pass manager alone.
  TrackingPassManager PM;
  PM.add(createTargetTransformInfoWrapperPass(TM.getTargetIRAnalysis()));
  PM.add(new TargetLibraryInfoWrapperPass(
      TargetLibraryInfoImpl(TM.getTargetTriple())));
#ifdef NDEBUG
  constexpr bool DisableVerify = true;
#else
  constexpr bool DisableVerify = false;
#endif
  if (TM.addPassesToEmitFile(PM, OS, /*DwoOut=*/nullptr,
                             Options.Emit == EmitKind::Object
                                 ? CodeGenFileType::ObjectFile
                                 : CodeGenFileType::AssemblyFile,
                             DisableVerify))
    return fileError(Diags->getFile(),
                     "LLVM cannot write this kind of file for '" +
                         TM.getTargetTriple().str() + "'");
  PM.finish();
  PM.run(M);
  return Diags->takeError();
}
