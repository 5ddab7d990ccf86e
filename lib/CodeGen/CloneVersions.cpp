//===- CloneVersions.cpp - Clones, their attributes and linkage -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MultiVersioningImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DebugProgramInstruction.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/IR/ValueHandle.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::mv;

//===----------------------------------------------------------------------===//
// Aliases
//===----------------------------------------------------------------------===//

/// The cloned function that \p A is another name of, or null.
static FunctionState *getClonedAliasee(ModuleState &S, GlobalAlias &A) {
  Function *F = resolveCallee(&A);
  FunctionState *FS = F ? S.find(F) : nullptr;
  return FS && FS->isCloned() ? FS : nullptr;
}

/// Puts a function without a body in the place of \p A.
static Function *replaceAlias(ModuleState &S, GlobalAlias &A, Function &F) {
  auto *New = Function::Create(F.getFunctionType(), A.getLinkage(),
                               F.getAddressSpace(), "", &S.M);
  New->copyAttributesFrom(&F);
  // What goes with F's body, not with its type.
  New->setPersonalityFn(nullptr);
  New->setPrefixData(nullptr);
  New->setPrologueData(nullptr);
  New->clearGC();
  for (Attribute::AttrKind Kind :
       {Attribute::AlwaysInline, Attribute::InlineHint,
        Attribute::PresplitCoroutine, Attribute::SanitizeAddress,
        Attribute::SanitizeMemory, Attribute::SanitizeThread})
    New->removeFnAttr(Kind);
  New->setLinkage(A.getLinkage());
  New->setVisibility(A.getVisibility());
  New->setDLLStorageClass(A.getDLLStorageClass());
  New->setUnnamedAddr(A.getUnnamedAddr());
  New->setDSOLocal(A.isDSOLocal());
  New->takeName(&A);
  if (F.hasComdat() && !New->hasLocalLinkage())
    New->setComdat(S.M.getOrInsertComdat(New->getName()));
  return New;
}

static std::vector<std::pair<Function *, unsigned>>
replaceAliases(ModuleState &S) {
  SmallVector<GlobalValue *, 8> UsedList, CompilerUsedList;
  collectUsedGlobalVariables(S.M, UsedList, /*CompilerUsed=*/false);
  collectUsedGlobalVariables(S.M, CompilerUsedList, /*CompilerUsed=*/true);
  SmallPtrSet<GlobalValue *, 8> Used(UsedList.begin(), UsedList.end());
  SmallPtrSet<GlobalValue *, 8> CompilerUsed(CompilerUsedList.begin(),
                                             CompilerUsedList.end());

  // All at once, since an alias may stand for another one.
  SmallVector<std::pair<GlobalAlias *, FunctionState *>, 8> Aliases;
  for (GlobalAlias &A : S.M.aliases())
    if (FunctionState *FS = getClonedAliasee(S, A)) {
      if (canForward(*FS->F, S.TheTriple)) {
        Aliases.emplace_back(&A, FS);
        continue;
      }
      OptimizationRemarkEmitter(FS->F).emit([&] {
        return OptimizationRemarkMissed(PassName, "NotForwarded", FS->F)
               << "alias '" << ore::NV("Alias", A.getName()) << "' of '"
               << ore::NV("Function", FS->F)
               << "' stays with target 0's code: a variadic call cannot be "
                  "passed on for this architecture";
      });
    }

  std::vector<std::pair<Function *, unsigned>> Forwarders;
  for (auto [A, FS] : Aliases) {
    bool IsUsed = Used.contains(A), IsCompilerUsed = CompilerUsed.contains(A);
    if (IsUsed || IsCompilerUsed)
      removeFromUsedLists(
          S.M, [A = A](Constant *C) { return C->stripPointerCasts() == A; });
    A->replaceAllUsesWith(FS->F);
    if (!A->hasLocalLinkage() || IsUsed || IsCompilerUsed) {
      Function *New = replaceAlias(S, *A, *FS->F);
      Forwarders.emplace_back(New, FS - S.Functions.data());
      if (IsUsed)
        appendToUsed(S.M, {New});
      if (IsCompilerUsed)
        appendToCompilerUsed(S.M, {New});
    }
    A->eraseFromParent();
  }
  return Forwarders;
}

//===----------------------------------------------------------------------===//
// Clones
//===----------------------------------------------------------------------===//

/// Makes instructions of constant expressions over cloned functions, so that
/// each function's references are operands of its own.
static void expandConstants(ModuleState &S) {
  SmallVector<Constant *, 16> Cloned;
  for (FunctionState &FS : S.Functions)
    if (FS.isCloned())
      Cloned.push_back(FS.F);
  if (!convertUsersOfConstantsToInstructions(Cloned))
    return;
  // A phi that names one block several times must do so with one value.
  for (Function &F : S.M)
    for (BasicBlock &BB : F)
      for (PHINode &Phi : BB.phis()) {
        SmallDenseMap<BasicBlock *, Value *, 8> Values;
        for (unsigned I = 0, E = Phi.getNumIncomingValues(); I != E; ++I)
          Phi.setIncomingValue(I, Values
                                      .try_emplace(Phi.getIncomingBlock(I),
                                                   Phi.getIncomingValue(I))
                                      .first->second);
      }
}

namespace {
/// Marks the metadata that a function's clone shares with it, so that only what
/// is of the function itself is copied: its DISubprogram, the blocks, variables
/// and labels in it, locations, loop and assignment IDs.
///
/// CloneFunctionInto() finds that out by itself for a clone in the same module,
/// but walks all types of the compile unit for each function.
class SharedMetadata {
public:
  SharedMetadata(const Function &F, ValueToValueMapTy &Map)
      : SP(F.getSubprogram()), Map(Map) {
    SmallVector<std::pair<unsigned, MDNode *>, 4> Attached;
    F.getAllMetadata(Attached);
    for (auto [Kind, Node] : Attached)
      if (Kind == LLVMContext::MD_dbg)
        visit(Node);
      else
        share(Node);
    for (const Instruction &I : instructions(F))
      visitInstruction(I);
    while (!Work.empty())
      visitOperands(*Work.pop_back_val());
  }

private:
  void share(const MDNode *Node) {
    if (Node)
      Map.MD().try_emplace(Node, const_cast<MDNode *>(Node));
  }

  bool isOwn(const MDNode &Node) const {
    if (isa<DILocation>(Node) || &Node == SP)
      return true;
    if (!SP)
      return false;
    if (const auto *Block = dyn_cast<DILexicalBlockBase>(&Node))
      return Block->getSubprogram() == SP;
    if (const auto *Variable = dyn_cast<DILocalVariable>(&Node))
      return Variable->getScope()->getSubprogram() == SP;
    if (const auto *Label = dyn_cast<DILabel>(&Node))
      return Label->getScope()->getSubprogram() == SP;
    return &Node == SP->getRetainedNodes().get();
  }

  void visit(const MDNode *Node) {
    if (!Node || !Seen.insert(Node).second)
      return;
    if (isOwn(*Node))
      Work.push_back(Node);
    else
      share(Node);
  }

  void visitOperands(const MDNode &Node) {
    for (const MDOperand &Op : Node.operands())
      visit(dyn_cast_or_null<MDNode>(Op.get()));
  }

  void visitInstruction(const Instruction &I) {
    visit(I.getDebugLoc().getAsMDNode());
    for (const DbgRecord &R : I.getDbgRecordRange()) {
      visit(R.getDebugLoc().getAsMDNode());
      if (const auto *Label = dyn_cast<DbgLabelRecord>(&R)) {
        visit(Label->getLabel());
        continue;
      }
      const auto &Variable = cast<DbgVariableRecord>(R);
      visit(Variable.getVariable());
      visit(Variable.getExpression());
      if (Variable.isDbgAssign())
        visit(Variable.getAddressExpression());
    }
    if (isa<CallBase>(I))
      for (const Use &Op : I.operands())
        if (const auto *MV = dyn_cast<MetadataAsValue>(Op))
          if (const auto *Node = dyn_cast<MDNode>(MV->getMetadata()))
            if (!isa<DIAssignID>(Node))
              visit(Node);

    SmallVector<std::pair<unsigned, MDNode *>, 4> Attached;
    I.getAllMetadataOtherThanDebugLoc(Attached);
    for (auto [Kind, Node] : Attached) {
      if (Kind == LLVMContext::MD_DIAssignID)
        continue;
      if (Kind == LLVMContext::MD_loop) {
        // It names itself first, then properties and locations.
        for (const MDOperand &Op : drop_begin(Node->operands()))
          if (const auto *Location = dyn_cast_or_null<DILocation>(Op.get()))
            visit(Location);
        continue;
      }
      share(Node);
      // One group, or a list of some; loops name the groups.
      if (Kind == LLVMContext::MD_access_group)
        for (const MDOperand &Op : Node->operands())
          share(dyn_cast_or_null<MDNode>(Op.get()));
    }
  }

  const DISubprogram *SP;
  ValueToValueMapTy &Map;
  SmallPtrSet<const MDNode *, 32> Seen;
  SmallVector<const MDNode *, 32> Work;
};
} // namespace

static Function *cloneFor(FunctionState &FS, unsigned Target, Function *After) {
  Function &F = *FS.F;
  auto *Clone =
      Function::Create(F.getFunctionType(), F.getLinkage(), F.getAddressSpace(),
                       F.getName() + "." + Twine(Target));
  ValueToValueMapTy Map;
  for (auto [From, To] : zip_equal(F.args(), Clone->args())) {
    To.setName(From.getName());
    Map[&From] = &To;
  }
  SharedMetadata(F, Map);
  SmallVector<ReturnInst *, 4> Returns;
  CloneFunctionInto(Clone, &F, Map, CloneFunctionChangeType::ClonedModule,
                    Returns);
  F.getParent()->getFunctionList().insertAfter(After->getIterator(), Clone);
  return Clone;
}

std::vector<std::pair<Function *, unsigned>>
mv::createVersions(ModuleState &S) {
  auto Forwarders = replaceAliases(S);
  expandConstants(S);
  for (unsigned I = 0, E = S.Functions.size(); I != E; ++I) {
    FunctionState &FS = S.Functions[I];
    FS.Versions.assign(S.Targets.size(), nullptr);
    FS.Versions[0] = FS.F;
    S.Versions[FS.F] = {I, 0};
    if (!FS.isCloned())
      continue;
    if (!FS.F->hasName())
      FS.F->setName("pkgimg.unnamed");
    Function *Last = FS.F;
    for (unsigned T = 1, TE = S.Targets.size(); T != TE; ++T) {
      if (!FS.Reasons[T])
        continue;
      Last = FS.Versions[T] = cloneFor(FS, T, Last);
      S.Versions[Last] = {I, T};
    }
  }
  return Forwarders;
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

void mv::foldQueries(ModuleState &S) {
  SetVector<Function *> Changed;
  for (Function &Query : make_early_inc_range(S.M)) {
    if (!isQuery(Query))
      continue;
    for (Use &U : make_early_inc_range(Query.uses())) {
      auto *CB = cast<CallBase>(U.getUser());
      Function *F = CB->getFunction();
      unsigned Target = S.Versions.lookup(F).second;
      Constant *Answer = ConstantInt::getBool(
          S.M.getContext(),
          answerQuery(Query.getName(), S.Features[Target], S.TheTriple));
      Changed.insert(F);
      if (auto *Invoke = dyn_cast<InvokeInst>(CB))
        CB = changeToCall(Invoke);
      // A call without side effects goes with its uses.
      WeakVH Call(CB);
      replaceAndRecursivelySimplify(CB, Answer);
      if (Call)
        CB->eraseFromParent();
    }
    Query.eraseFromParent();
  }
  for (Function *F : Changed) {
    for (BasicBlock &BB : *F)
      ConstantFoldTerminator(&BB, /*DeleteDeadConditions=*/true);
    removeUnreachableBlocks(*F);
  }
}

//===----------------------------------------------------------------------===//
// Linkage
//===----------------------------------------------------------------------===//

void mv::setLinkage(ModuleState &S) {
  for (FunctionState &FS : S.Functions) {
    if (!FS.isCloned())
      continue;
    Function &F = *FS.F;
    bool HasSlot = FS.Slot || !FS.DataSlots.empty();
    auto Promote = [](GlobalValue &G, GlobalValue::LinkageTypes Linkage) {
      G.setLinkage(Linkage);
      G.setVisibility(GlobalValue::HiddenVisibility);
      G.setDSOLocal(true);
    };

    GlobalValue::LinkageTypes Linkage;
    if (F.hasLocalLinkage()) {
      if (HasSlot || S.Options.PromoteLocals)
        Promote(F, GlobalValue::ExternalLinkage);
      Linkage = F.hasLocalLinkage() ? GlobalValue::InternalLinkage
                                    : GlobalValue::ExternalLinkage;
    } else if (F.hasLinkOnceODRLinkage() && !HasSlot) {
      Linkage = GlobalValue::LinkOnceODRLinkage;
    } else if (F.hasLinkOnceODRLinkage() || F.hasWeakODRLinkage()) {
      // Only the metadata and the tables made of it name what has a slot.
      F.setLinkage(GlobalValue::WeakODRLinkage);
      Linkage = GlobalValue::WeakODRLinkage;
    } else {
      Linkage = GlobalValue::ExternalLinkage;
    }

    auto Set = [&](GlobalObject &G) {
      G.setDLLStorageClass(GlobalValue::DefaultStorageClass);
      if (GlobalValue::isLocalLinkage(Linkage)) {
        G.setVisibility(GlobalValue::DefaultVisibility);
        G.setLinkage(Linkage);
        G.setDSOLocal(true);
        return;
      }
      Promote(G, Linkage);
      if (F.hasComdat() && GlobalValue::isWeakForLinker(Linkage))
        G.setComdat(S.M.getOrInsertComdat(G.getName()));
    };
    for (Function *Version : drop_begin(FS.Versions))
      if (Version)
        Set(*Version);
    if (FS.Slot)
      Set(*FS.Slot);
  }
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// Whether \p F has what the features that it was compiled for must be kept
/// for.
static bool needsItsFeatures(const Function &F, const Triple &T) {
  StringRef Prefix = Triple::getArchTypePrefix(T.getArch());
  for (const Instruction &I : instructions(F)) {
    if (isa<ScalableVectorType>(I.getType()))
      return true;
    const auto *CB = dyn_cast<CallBase>(&I);
    if (!CB)
      continue;
    // x86's assembler takes every instruction whatever the features.
    if (CB->isInlineAsm()) {
      StringRef Asm = cast<InlineAsm>(CB->getCalledOperand())->getAsmString();
      if (!T.isX86() && !Asm.trim().empty())
        return true;
      continue;
    }
    if (const auto *Callee = CB->getCalledFunction()) {
      StringRef Name = Callee->getName();
      if (Callee->isIntrinsic() && Name.consume_front("llvm.") &&
          Name.consume_front(Prefix) && Name.starts_with("."))
        return true;
    }
  }
  return false;
}

static SmallVector<StringRef, 16> getOwnFeatures(const Function &F) {
  SmallVector<StringRef, 16> Parts, Result;
  F.getFnAttribute("target-features")
      .getValueAsString()
      .split(Parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef Part : Parts)
    if (Part.consume_front("+"))
      Result.push_back(Part);
  return Result;
}

/// The features, "+a,+b", that \p F has beyond \p Target's.
static std::string getFeaturesToKeep(const ModuleState &S, const Function &F,
                                     unsigned Target) {
  std::string Result;
  for (StringRef Feature : getOwnFeatures(F))
    if (!S.Features[Target].contains(Feature))
      Result += (Result.empty() ? "+" : ",+") + Feature.str();
  return Result;
}

/// All code that must keep its features: what needs them by itself, what it
/// will be inlined into, and what exchanges vectors with it.
static SetVector<Function *> findFeatureKeepers(ModuleState &S) {
  SetVector<Function *> Keepers;
  DenseMap<Function *, SmallVector<Function *, 2>> Joined;
  for (Function &F : S.M) {
    if (F.isDeclaration())
      continue;
    if (needsItsFeatures(F, S.TheTriple))
      Keepers.insert(&F);
    for (Instruction &I : instructions(F)) {
      auto *CB = dyn_cast<CallBase>(&I);
      Function *Callee = CB ? CB->getCalledFunction() : nullptr;
      if (!Callee || Callee->isDeclaration())
        continue;
      bool HasVectors =
          hasFeatureDependentABI(CB->getFunctionType(), S.TheTriple);
      if (HasVectors || Callee->hasFnAttribute(Attribute::AlwaysInline))
        Joined[Callee].push_back(&F);
      if (HasVectors)
        Joined[&F].push_back(Callee);
    }
  }
  for (size_t I = 0; I != Keepers.size(); ++I)
    for (Function *Other : Joined.lookup(Keepers[I]))
      Keepers.insert(Other);
  return Keepers;
}

void mv::setTargetAttributes(ModuleState &S) {
  SetVector<Function *> Keepers = findFeatureKeepers(S);
  for (Function &F : S.M) {
    if (F.isDeclaration())
      continue;
    unsigned Target = S.Versions.lookup(&F).second;
    const MVTarget &T = S.Targets[Target];
    std::string Features = T.FeatureString;
    if (Keepers.contains(&F)) {
      std::string Kept = getFeaturesToKeep(S, F, Target);
      if (!Kept.empty()) {
        Features += (Features.empty() ? "" : ",") + Kept;
        OptimizationRemarkEmitter(&F).emit([&] {
          return OptimizationRemarkAnalysis(PassName, "KeptFeatures", &F)
                 << "'" << ore::NV("Function", &F) << "' keeps "
                 << ore::NV("Features", Kept) << ", which target "
                 << ore::NV("Target", Target)
                 << " lacks: its code cannot be compiled without";
        });
      }
    }
    auto Set = [&](StringRef Kind, StringRef Value) {
      F.removeFnAttr(Kind);
      if (!Value.empty())
        F.addFnAttr(Kind, Value);
    };
    Set("target-cpu", T.CPU);
    Set("tune-cpu", T.CPU);
    Set("target-features", Features);
    if (F.hasOptNone())
      continue;
    if (T.OptSize || T.MinSize)
      F.addFnAttr(Attribute::OptimizeForSize);
    if (T.MinSize)
      F.addFnAttr(Attribute::MinSize);
  }
}
