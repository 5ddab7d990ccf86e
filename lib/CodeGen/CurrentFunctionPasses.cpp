//===- CurrentFunctionPasses.cpp - Track the function ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CurrentFunctionPasses.h"
#include "pkgimg/CodeGen/CurrentFunction.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/LazyCallGraph.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/StackSafetyAnalysis.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/Pass.h"

using namespace llvm;
using namespace pkgimg;

/// Returns the name of the function that \p IR is or is in; empty for a module.
static StringRef getFunctionName(const Any &IR) {
  if (const auto *F = any_cast<const Function *>(&IR))
    return (*F)->getName();
  if (const auto *L = any_cast<const Loop *>(&IR))
    return (*L)->getHeader()->getParent()->getName();
  if (const auto *C = any_cast<const LazyCallGraph::SCC *>(&IR))
    return (*C)->begin()->getFunction().getName();
  return StringRef();
}

void pkgimg::trackCurrentFunction(PassInstrumentationCallbacks &Callbacks) {
  Callbacks.registerBeforeNonSkippedPassCallback([](StringRef Pass, Any IR) {
    // Those that only run others would hide them when they go on.
    if (!Pass.starts_with("PassManager<") && !Pass.ends_with("PassAdaptor"))
      setCurrentFunction(getFunctionName(IR), Pass);
  });
}

static constexpr StringLiteral CodeGenerator = "code generation";

namespace {

/// Names the function, or withdraws it.
class CurrentFunctionPass : public FunctionPass {
public:
  static char ID;

  explicit CurrentFunctionPass(bool IsBeginning)
      : FunctionPass(ID), IsBeginning(IsBeginning) {}

  bool runOnFunction(Function &F) override {
    setCurrentFunction(IsBeginning ? F.getName() : "", CodeGenerator);
    return false;
  }

  void getAnalysisUsage(AnalysisUsage &AU) const override {
    AU.setPreservesAll();
  }

  StringRef getPassName() const override { return "Current function"; }

private:
  bool IsBeginning;
};

} // namespace

char CurrentFunctionPass::ID = 0;

/// Tells if the older pass manager runs \p P in a group of function passes.
static bool isOfFunctions(const Pass &P) {
  return P.getPassKind() == PT_Function || P.getPassKind() == PT_Loop ||
         P.getPassKind() == PT_Region;
}

/// The one analysis of modules that function passes of the backends require.
/// The pass manager would end the group for it, and begin another with the pass
/// that requires it. What else is required cannot be found out: LLVM's own way
/// is to create the passes, and some of them, so created, end the process.
static bool requiresStackSafety(const Pass &P) {
  AnalysisUsage Usage;
  P.getAnalysisUsage(Usage);
  return is_contained(Usage.getRequiredSet(),
                      &StackSafetyGlobalInfoWrapperPass::ID);
}

void TrackingPassManager::add(Pass *P) {
  // Immutable passes run nothing.
  if (P->getAsImmutablePass()) {
    legacy::PassManager::add(P);
    return;
  }
  if (!isOfFunctions(*P)) {
    finish();
    legacy::PassManager::add(P);
    return;
  }
  if (requiresStackSafety(*P)) {
    finish();
    legacy::PassManager::add(new StackSafetyGlobalInfoWrapperPass());
  }
  if (!InGroup)
    legacy::PassManager::add(new CurrentFunctionPass(/*IsBeginning=*/true));
  InGroup = true;
  legacy::PassManager::add(P);
}

void TrackingPassManager::finish() {
  if (InGroup)
    legacy::PassManager::add(new CurrentFunctionPass(/*IsBeginning=*/false));
  InGroup = false;
}
