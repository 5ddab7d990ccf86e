//===- BoundsChecks.cpp - Lower the bounds check intrinsic ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleOptions.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/ValueHandle.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace pkgimg;

static constexpr StringLiteral IntrinsicName = "pkgimg.checkbounds";

static Error intrinsicError(const Twine &Message) {
  return make_error<StringError>(
      Message, std::make_error_code(std::errc::invalid_argument));
}

static std::string print(const Type &T) {
  std::string Text;
  raw_string_ostream(Text) << T;
  return Text;
}

/// Returns "function 'f'" or "global 'g'": where \p User, perhaps by way of
/// constants, is.
static std::string describeUser(const User *User) {
  while (true) {
    if (const auto *I = dyn_cast<Instruction>(User))
      return ("function '" + I->getFunction()->getName() + "'").str();
    if (const auto *GV = dyn_cast<GlobalValue>(User))
      return ((isa<Function>(GV) ? "function '" : "global '") + GV->getName() +
              "'")
          .str();
    if (User->use_empty())
      return "a constant";
    User = *User->user_begin();
  }
}

/// Checks that \p U is a call of \p Intrinsic, with its type.
static Error checkUse(const Use &U, const Function &Intrinsic) {
  const auto *Call = dyn_cast<CallBase>(U.getUser());
  if (!Call || !Call->isCallee(&U))
    return intrinsicError(describeUser(U.getUser()) + " uses @" +
                          IntrinsicName +
                          " as a value; it can only be called directly");
  if (Call->getFunctionType() != Intrinsic.getFunctionType())
    return intrinsicError(describeUser(Call) + " calls @" + IntrinsicName +
                          " as " + print(*Call->getFunctionType()) +
                          ", expected " + print(*Intrinsic.getFunctionType()));
  return Error::success();
}

/// The result of a call with \p InBounds. Code for a negation is put before
/// \p Call.
static Value *getResult(Instruction *Call, Value *InBounds,
                        CacheFlags::BoundsChecks Checks) {
  IRBuilder<> Builder(Call);
  switch (Checks) {
  case CacheFlags::BoundsYes:
    return Builder.getTrue();
  case CacheFlags::BoundsNo:
    return Builder.getFalse();
  case CacheFlags::BoundsAuto:
    break;
  }
  return Builder.CreateNot(InBounds);
}

static void lowerCall(CallBase &Base, CacheFlags::BoundsChecks Checks) {
  CallBase *Call = &Base;
  // What is left of it raises no exception.
  if (auto *Invoke = dyn_cast<InvokeInst>(Call))
    Call = changeToCall(Invoke);
  Value *Result = getResult(Call, Call->getArgOperand(0), Checks);
  // A call without side effects is removed with its last use.
  WeakVH Handle(Call);
  // So that "and i1 %check, %outside" decides the branch on it, too.
  replaceAndRecursivelySimplify(Call, Result);
  if (Handle)
    Call->eraseFromParent();
}

Error pkgimg::lowerBoundsChecks(Module &M, CacheFlags::BoundsChecks Checks) {
  GlobalValue *GV = M.getNamedValue(IntrinsicName);
  if (!GV)
    return Error::success();
  Type *Bool = Type::getInt1Ty(M.getContext());
  FunctionType *Expected = FunctionType::get(Bool, {Bool}, /*isVarArg=*/false);
  auto *Intrinsic = dyn_cast<Function>(GV);
  if (!Intrinsic || !Intrinsic->isDeclaration())
    return intrinsicError("@" + IntrinsicName +
                          " must be a declaration, found a definition; the "
                          "name belongs to an intrinsic");
  if (Intrinsic->getFunctionType() != Expected)
    return intrinsicError("@" + IntrinsicName + " must have the type " +
                          print(*Expected) + ", found " +
                          print(*Intrinsic->getFunctionType()));
  for (const Use &U : Intrinsic->uses())
    if (Error E = checkUse(U, *Intrinsic))
      return E;

  SmallPtrSet<Function *, 16> Changed;
  while (!Intrinsic->use_empty()) {
    auto *Call = cast<CallBase>(*Intrinsic->user_begin());
    Changed.insert(Call->getFunction());
    lowerCall(*Call, Checks);
  }
  Intrinsic->eraseFromParent();
  for (Function &F : M) {
    if (!Changed.contains(&F))
      continue;
    for (BasicBlock &BB : F)
      ConstantFoldTerminator(&BB, /*DeleteDeadConditions=*/true);
    removeUnreachableBlocks(F);
  }
  return Error::success();
}
