//===- TestPlugin.cpp - A pass plugin for the tests -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llvm/IR/Function.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"

using namespace llvm;

namespace {

/// Marks each function, and crashes on those that ask for it.
struct TestPluginPass : PassInfoMixin<TestPluginPass> {
  PreservedAnalyses run(Function &F, FunctionAnalysisManager &) {
    F.addFnAttr("seen-by-test-plugin");
    if (F.hasFnAttribute("crash-in-optimizer"))
      __builtin_trap();
    return PreservedAnalyses::all();
  }
  static bool isRequired() { return true; }
};

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "test-plugin", "1", [](PassBuilder &PB) {
            PB.registerPipelineStartEPCallback([](ModulePassManager &MPM,
                                                  OptimizationLevel) {
              MPM.addPass(createModuleToFunctionPassAdaptor(TestPluginPass()));
            });
          }};
}
