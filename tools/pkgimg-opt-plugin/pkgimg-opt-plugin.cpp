//===- pkgimg-opt-plugin.cpp - The passes, for opt ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A pass plugin for `opt -load-pass-plugin` and `clang -fpass-plugin`:
///
///   opt -load-pass-plugin=pkgimg-opt-plugin.so \
///     -pkgimg-mv-targets='x86-64;haswell,+avx2,+fma' \
///     -passes='pkgimg-multiversioning,default<O2>' -S in.ll
///
/// Without -pkgimg-mv-targets=, the targets are those of the module's
/// `!pkgimg.mv.targets`.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/MultiVersioning.h"

#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

static cl::opt<std::string>
    TargetsText("pkgimg-mv-targets",
                cl::desc("CPU targets of pkgimg-multiversioning, with all of "
                         "their features"),
                cl::value_desc("cpu,+feature,...;..."));
static cl::opt<bool>
    PrintClones("pkgimg-print-clones",
                cl::desc("Print what pkgimg-multiversioning has cloned"));
static cl::opt<bool>
    PromoteLocals("pkgimg-mv-promote-locals",
                  cl::desc("Make clones of local functions external"));
static cl::opt<unsigned> InlineLimit(
    "pkgimg-mv-inline-limit", cl::init(MVOptions().InlineLimit),
    cl::desc("Instructions of a function that is held to be inlined"));

static bool addPass(StringRef Name, ModulePassManager &MPM,
                    ArrayRef<PassBuilder::PipelineElement>) {
  if (Name != "pkgimg-multiversioning")
    return false;
  std::vector<MVTarget> Targets;
  if (TargetsText.getNumOccurrences()) {
    Expected<std::vector<MVTarget>> Parsed = parseMVTargets(TargetsText);
    if (!Parsed) {
      errs() << "error: -pkgimg-mv-targets=: " << toString(Parsed.takeError())
             << "\n";
      // The caller then says that the pipeline could not be made.
      return false;
    }
    Targets = std::move(*Parsed);
  }
  MVOptions Options;
  Options.InlineLimit = InlineLimit;
  Options.PromoteLocals = PromoteLocals;
  Options.PrintClones = PrintClones ? &errs() : nullptr;
  MPM.addPass(MultiVersioningPass(std::move(Targets), Options));
  return true;
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "pkgimg", LLVM_VERSION_STRING,
          [](PassBuilder &PB) { PB.registerPipelineParsingCallback(addPass); }};
}
