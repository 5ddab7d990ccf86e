//===- ShardCompiler.cpp - From a shard to its object ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardCompiler.h"
#include "DiagnosticCollector.h"
#include "pkgimg/CodeGen/CurrentFunction.h"
#include "pkgimg/CodeGen/ModulePipeline.h"
#include "pkgimg/CodeGen/TargetMachines.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <chrono>
#include <numeric>

using namespace llvm;
using namespace pkgimg;

namespace {
/// Adds the time of a scope to a number of seconds.
class TimeSpan {
public:
  explicit TimeSpan(double &Seconds) : Seconds(Seconds) {}
  ~TimeSpan() {
    Seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - Start)
            .count();
  }

private:
  double &Seconds;
  std::chrono::steady_clock::time_point Start =
      std::chrono::steady_clock::now();
};
} // namespace

Expected<std::vector<CompiledShard>> ShardCompiler::run() {
  const unsigned NumShards = Module.size();
  std::vector<CompiledShard> Results(NumShards);
  std::vector<std::string> Failures(NumShards);
  std::vector<unsigned> Order(NumShards);
  std::iota(Order.begin(), Order.end(), 0);
  // The heaviest first, or it would be what all others wait for.
  llvm::sort(Order, [&](unsigned A, unsigned B) {
    return Module.getWeight(A) != Module.getWeight(B)
               ? Module.getWeight(A) > Module.getWeight(B)
               : A < B;
  });

  unsigned NumDone = 0;
  auto CompileOne = [&](unsigned Shard) {
    if (Error E = compileSafely(Shard, Results[Shard])) {
      Failures[Shard] = toString(std::move(E));
      keepFailed(Shard);
    }
    std::lock_guard<std::mutex> Guard(Lock);
    ++NumDone;
    if (Options.Progress)
      Options.Progress(NumDone, NumShards);
  };
  if (Options.Threads == 1 || NumShards == 1) {
    for (unsigned Shard : Order)
      CompileOne(Shard);
  } else {
    // A thread of the pool has a profiler of its own.
    const bool Trace = timeTraceProfilerEnabled();
    DefaultThreadPool Pool(hardware_concurrency(Options.Threads));
    for (unsigned Shard : Order)
      Pool.async([&, Shard] {
        if (Trace)
          timeTraceProfilerInitialize(/*TimeTraceGranularity=*/500, "pkgimg");
        CompileOne(Shard);
        if (Trace)
          timeTraceProfilerFinishThread();
      });
    Pool.wait();
  }

  for (const std::string &Failure : Failures)
    if (!Failure.empty())
      return createStringError(Failure);
  return Results;
}

/// The CPU target of the function that this thread was last at.
unsigned ShardCompiler::getCurrentTarget() const {
  // Symbols of some formats begin with an underscore.
  for (StringRef Prefix : {"", "_"})
    if (auto It = TargetOf.find((Prefix + getCurrentFunctionName()).str());
        It != TargetOf.end())
      return It->second;
  return 0;
}

/// compile(), but a crash of LLVM is an error where that can be. What it worked
/// on is lost then: to free it could crash again.
Error ShardCompiler::compileSafely(unsigned Shard, CompiledShard &Result) {
  Error Failure = Error::success();
  clearCurrentFunction();
  CrashRecoveryContext CRC;
  bool Survived = CRC.RunSafely([&] {
    ErrorAsOutParameter EAO(&Failure);
    Failure = compile(Shard, Result);
  });
  if (Survived)
    return Failure;
  consumeError(std::move(Failure));
  std::string Where = describeCurrentFunction();
  if (!Where.empty())
    Where = ", in " + Where + ", for the CPU target '" +
            Targets[getCurrentTarget()].CPU + "'";
  return createStringError(
      "the compiler crashed on shard " + Twine(Shard) + Where +
      "; that is a defect of LLVM or of pkgimg: please report it with the "
      "bitcode, which --reproduce=<file> keeps");
}

Error ShardCompiler::compile(unsigned Shard, CompiledShard &Result) {
  const std::string Name = "text#" + std::to_string(Shard) + ".o";
  TimeTraceScope Scope("Shard", Name);
  LLVMContext Context;
  std::unique_ptr<llvm::Module> M;
  std::string Key;
  {
    TimeTraceScope LoadScope("Load", Name);
    TimeSpan Span(Result.LoadTime);
    if (canUseCache()) {
      Key = getKey(Module.getBitcode(Shard));
      Result.Object = Cache->find(Key);
    }
    if (!Result.Object)
      if (Error E = Module.load(Shard, Context).moveInto(M))
        return E;
  }
  Result.IsCached = Result.Object != nullptr;
  if (!Result.IsCached)
    if (Error E = compileModule(*M, Shard, Result))
      return E;

  TimeTraceScope SurveyScope("Survey", Name);
  TimeSpan Span(Result.SurveyTime);
  MemoryBufferRef Object(Result.Object->getBuffer(), Name);
  if (Error E = surveyCode(Object, TheTriple, Targets, TargetOf)
                    .moveInto(Result.Surveys))
    return E;
  if (!Key.empty() && !Result.IsCached)
    if (Error E = Cache->store(Key, Result.Object->getBuffer()))
      Result.Messages.emplace_back(
          DS_Warning, "the object of " + Name +
                          " is not cached: " + toString(std::move(E)));
  return Error::success();
}

Error ShardCompiler::compileModule(llvm::Module &M, unsigned Shard,
                                   CompiledShard &Result) {
  CompileOptions Opts = Compile;
  Opts.TimeReport = nullptr;
  Opts.Diagnostics = [&](DiagnosticSeverity Severity, StringRef Message) {
    Result.Messages.emplace_back(Severity, Message.str());
  };
  raw_string_ostream RemarksStream(Result.Remarks);
  if (Compile.RemarksFile)
    Opts.RemarksFile = &RemarksStream;
  DiagnosticScope Diags(M.getContext(), M.getSourceFileName(), Opts);

  std::unique_ptr<TargetMachine> TM;
  if (Error E = createTargetMachine(M, Opts).moveInto(TM))
    return E;
  {
    TimeTraceScope Scope("Optimize", M.getModuleIdentifier());
    TimeSpan Span(Result.OptimizeTime);
    if (Error E = optimizeModule(M, *TM, Opts))
      return E;
  }
  TimeTraceScope Scope("Emit", M.getModuleIdentifier());
  TimeSpan Span(Result.EmitTime);
  SmallVector<char, 0> Object;
  raw_svector_ostream OS(Object);
  if (Error E = emitModule(M, *TM, Opts, OS))
    return E;
  Result.Object = std::make_unique<SmallVectorMemoryBuffer>(
      std::move(Object), "text#" + std::to_string(Shard) + ".o",
      /*RequiresNullTerminator=*/false);
  return Error::success();
}

/// What is reported of the code must be reported again.
bool ShardCompiler::canUseCache() const {
  return Cache && !Compile.RemarksFile && Compile.RemarksPassed.empty() &&
         Compile.RemarksMissed.empty() && Compile.RemarksAnalysis.empty();
}

/// All that an object depends on besides its bitcode, on which the options that
/// change modules as they are read have left their mark.
static std::string describeOptions(const CompileOptions &O) {
  std::string Text;
  raw_string_ostream OS(Text);
  OS << O.CPU << '\n'
     << O.Features << '\n'
     << O.ABI << '\n'
     << O.FloatABI << ' ' << O.Level.getSpeedupLevel() << ' '
     << O.Level.getSizeLevel() << ' ' << O.FunctionSections << ' '
     << O.DataSections << ' ' << O.IntegratedAs << '\n';
  // A plugin is another one when its file is.
  for (const std::string &Plugin : O.PassPlugins) {
    sys::fs::file_status Status;
    if (!sys::fs::status(Plugin, Status))
      OS << Plugin << ' ' << Status.getSize() << ' '
         << Status.getLastModificationTime().time_since_epoch().count() << '\n';
  }
  return Text;
}

std::string ShardCompiler::getKey(StringRef Bitcode) const {
  return ObjectCache::getKey({Bitcode, TheTriple.str(),
                              describeOptions(Compile), Options.CacheIdentity});
}

void ShardCompiler::keepFailed(unsigned Shard) {
  if (!Options.KeepFailed)
    return;
  std::lock_guard<std::mutex> Guard(Lock);
  Options.KeepFailed(Shard, Module.getBitcode(Shard));
}
