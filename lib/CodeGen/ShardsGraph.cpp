//===- ShardsGraph.cpp - What the definitions of a module refer to --------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardsImpl.h"
#include "pkgimg/CodeGen/MultiVersioning.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::shards;

/// Constants up to this many bytes are copied.
static constexpr uint64_t MaxCopiedBytes = 4096;
/// What a function costs the compiler beside its instructions, in instructions.
/// By least squares over the time of `opt -O2` and `llc` for 30 shards of
/// SQLite as clang emits it; loops and blocks then explained nothing more.
static constexpr uint64_t FunctionWeight = 20;
/// Bytes of data that cost as much to emit as an instruction.
static constexpr uint64_t BytesPerInstruction = 256;

bool shards::isList(const GlobalVariable &GV) {
  return GV.hasAppendingLinkage() &&
         is_contained({"llvm.used", "llvm.compiler.used", "llvm.global_ctors",
                       "llvm.global_dtors", "llvm.global.annotations"},
                      GV.getName());
}

GlobalValue *shards::getListed(const Value *Entry) {
  return const_cast<GlobalValue *>(
      dyn_cast<GlobalValue>(Entry->stripPointerCasts()));
}

/// Whether nothing, or next to nothing, is made of \p I once stack variables
/// are in registers: what MVOptions::InlineLimit does not count either.
static bool isFreeToInline(const Instruction &I) {
  if (I.isLifetimeStartOrEnd() ||
      isa<AllocaInst, PHINode, CastInst, AssumeInst>(I))
    return true;
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return isa<AllocaInst>(Load->getPointerOperand());
  if (const auto *Store = dyn_cast<StoreInst>(&I))
    return isa<AllocaInst>(Store->getPointerOperand());
  const auto *Branch = dyn_cast<BranchInst>(&I);
  return Branch && Branch->isUnconditional();
}

namespace {
class GraphBuilder {
public:
  explicit GraphBuilder(ModuleGraph &G) : G(G), M(G.M) {}
  Error run();

private:
  /// Calls of a definition, and whether it is used otherwise.
  struct Uses {
    unsigned Calls = 0;
    bool IsTaken = false;
  };
  using UseMap = SmallMapVector<unsigned, Uses, 16>;

  void number();
  void collect(const Constant *C, unsigned From, UseMap &Found);
  void collectBody(unsigned From, UseMap &Found);
  void collectCall(const CallBase &CB, unsigned From);
  void collectReferences();
  void bond(unsigned A, const GlobalValue *B);
  void bondGroups();
  void bondStructors(StringRef ListName);
  void pinUsers(const Constant &C);
  void bondAssembly();
  bool isCopyable(const Definition &D) const;
  void chooseReplicated();
  Error bondVersions();

  ModuleGraph &G;
  Module &M;
  /// What has a bond.
  DenseSet<unsigned> Bonded;
  /// The entries of llvm.used and llvm.compiler.used.
  SmallSetVector<const GlobalValue *, 16> Used;
  /// The functions with inline assembly, and the names in that.
  std::vector<std::pair<unsigned, StringRef>> Assembly;
};
} // namespace

void GraphBuilder::number() {
  auto Add = [&](GlobalValue &GV) {
    G.Index[&GV] = G.Defs.size();
    G.Defs.emplace_back().GV = &GV;
  };
  for (Function &F : M)
    if (!F.isDeclaration())
      Add(F);
  for (GlobalVariable &GV : M.globals())
    if (!GV.isDeclaration() && !isList(GV))
      Add(GV);
  for (GlobalAlias &GA : M.aliases())
    Add(GA);
  for (GlobalIFunc &GI : M.ifuncs())
    Add(GI);
  for (StringRef Name : {"llvm.used", "llvm.compiler.used"})
    if (const GlobalVariable *List = M.getNamedGlobal(Name);
        List && List->hasInitializer())
      for (const Use &Entry : List->getInitializer()->operands())
        if (const GlobalValue *GV = getListed(Entry))
          Used.insert(GV);
}

void GraphBuilder::bond(unsigned A, const GlobalValue *B) {
  auto Found = G.Index.find(B);
  if (Found == G.Index.end() || Found->second == A)
    return;
  G.Bonds.push_back({A, Found->second});
  Bonded.insert(A);
  Bonded.insert(Found->second);
}

/// Adds the definitions in \p C to \p Found.
void GraphBuilder::collect(const Constant *C, unsigned From, UseMap &Found) {
  SmallVector<const Constant *, 8> Work = {C};
  SmallPtrSet<const Constant *, 8> Seen;
  while (!Work.empty()) {
    const Constant *Next = Work.pop_back_val();
    if (const auto *GV = dyn_cast<GlobalValue>(Next)) {
      if (auto It = G.Index.find(GV); It != G.Index.end())
        Found[It->second].IsTaken = true;
      continue;
    }
    if (const auto *BA = dyn_cast<BlockAddress>(Next)) {
      unsigned To = G.Index.lookup(BA->getFunction());
      G.Defs[To].IsFixed = true;
      if (BA->getFunction()->hasAvailableExternallyLinkage())
        Found[To].IsTaken = true;
      else
        bond(From, BA->getFunction());
      G.Defs[From].IsFixed = true;
      continue;
    }
    for (const Use &Op : reverse(Next->operands()))
      if (const auto *OpC = dyn_cast<Constant>(Op);
          OpC && !isa<ConstantData>(OpC) && Seen.insert(OpC).second)
        Work.push_back(OpC);
  }
}

/// Notes what is special about a call.
void GraphBuilder::collectCall(const CallBase &CB, unsigned From) {
  if (const auto *Asm = dyn_cast<InlineAsm>(CB.getCalledOperand())) {
    if (!Asm->getAsmString().empty())
      Assembly.push_back({From, Asm->getAsmString()});
    return;
  }
  switch (CB.getIntrinsicID()) {
  case Intrinsic::localescape:
    G.Defs[From].IsFixed = true;
    break;
  case Intrinsic::localrecover:
  case Intrinsic::eh_recoverfp:
    // These are about the frame of a function that must be in the module.
    G.Defs[From].IsFixed = true;
    bond(From, getListed(CB.getArgOperand(0)));
    break;
  case Intrinsic::type_test:
  case Intrinsic::type_checked_load:
  case Intrinsic::type_checked_load_relative:
  case Intrinsic::icall_branch_funnel:
    G.IsWhole = true;
    break;
  default:
    break;
  }
}

void GraphBuilder::collectBody(unsigned From, UseMap &Found) {
  Definition &D = G.Defs[From];
  const auto *F = cast<Function>(D.GV);
  D.Weight = FunctionWeight;
  for (const Use &Op : F->operands())
    collect(cast<Constant>(Op), From, Found);
  for (const BasicBlock &BB : *F)
    for (const Instruction &I : BB) {
      if (I.isDebugOrPseudoInst())
        continue;
      ++D.Weight;
      D.InlineCost += !isFreeToInline(I);
      D.IsFixed |= isa<IndirectBrInst>(I);
      const auto *CB = dyn_cast<CallBase>(&I);
      if (CB)
        collectCall(*CB, From);
      for (const Use &Op : I.operands()) {
        const auto *C = dyn_cast<Constant>(Op);
        if (!C || isa<ConstantData>(C))
          continue;
        if (!CB || !CB->isCallee(&Op) || !isa<Function>(C)) {
          collect(C, From, Found);
          continue;
        }
        if (auto It = G.Index.find(cast<Function>(C)); It != G.Index.end())
          ++Found[It->second].Calls;
      }
    }
}

void GraphBuilder::collectReferences() {
  for (unsigned From = 0, E = G.Defs.size(); From != E; ++From) {
    GlobalValue *GV = G.Defs[From].GV;
    UseMap Found;
    if (auto *F = dyn_cast<Function>(GV)) {
      collectBody(From, Found);
      G.IsWhole |= F->hasGC() && F->getGC() == "ocaml";
    } else if (auto *Var = dyn_cast<GlobalVariable>(GV)) {
      G.Defs[From].Weight =
          1 + M.getDataLayout().getTypeAllocSize(Var->getValueType()) /
                  BytesPerInstruction;
      collect(Var->getInitializer(), From, Found);
    } else {
      G.Defs[From].Weight = 1;
      const Constant *Base = isa<GlobalAlias>(GV)
                                 ? cast<GlobalAlias>(GV)->getAliasee()
                                 : cast<GlobalIFunc>(GV)->getResolver();
      collect(Base, From, Found);
    }
    for (auto [To, Uses] : Found) {
      G.Defs[To].IsAddressTaken |= Uses.IsTaken;
      if (To == From) {
        G.Defs[From].CallsItself |= Uses.Calls != 0;
        continue;
      }
      G.Defs[From].Refs.push_back({To, Uses.Calls});
      G.Defs[To].Users.push_back(From);
    }
  }
}

/// Bonds comdat groups, aliases and `!associated`.
void GraphBuilder::bondGroups() {
  DenseMap<const Comdat *, unsigned> Groups;
  for (unsigned I = 0, E = G.Defs.size(); I != E; ++I) {
    GlobalValue *GV = G.Defs[I].GV;
    if (isa<GlobalAlias, GlobalIFunc>(GV)) {
      for (const Reference &R : G.Defs[I].Refs)
        bond(I, G.Defs[R.To].GV);
      continue;
    }
    if (GV->hasAvailableExternallyLinkage())
      continue;
    if (const Comdat *C = GV->getComdat()) {
      auto [It, IsNew] = Groups.try_emplace(C, I);
      if (!IsNew)
        bond(I, G.Defs[It->second].GV);
      Bonded.insert(I);
    }
    if (const MDNode *Node =
            cast<GlobalObject>(GV)->getMetadata(LLVMContext::MD_associated))
      if (const auto *MD =
              dyn_cast_or_null<ValueAsMetadata>(Node->getOperand(0).get()))
        bond(I, getListed(MD->getValue()));
  }
}

/// Pins the functions of a list, or bonds them to their associated data.
void GraphBuilder::bondStructors(StringRef ListName) {
  const GlobalVariable *List = M.getNamedGlobal(ListName);
  if (!List || !List->hasInitializer())
    return;
  for (const Use &Entry : List->getInitializer()->operands()) {
    const auto *Struct = dyn_cast<ConstantStruct>(Entry);
    Definition *F = Struct && Struct->getNumOperands() > 1
                        ? G.find(getListed(Struct->getOperand(1)))
                        : nullptr;
    if (!F)
      continue;
    F->IsAddressTaken = true;
    GlobalValue *Data = Struct->getNumOperands() > 2
                            ? getListed(Struct->getOperand(2))
                            : nullptr;
    if (G.Index.contains(Data) && !Data->hasAvailableExternallyLinkage())
      bond(G.Index[F->GV], Data);
    else
      F->IsPinned = true;
    Bonded.insert(G.Index[F->GV]);
  }
}

/// The words of assembly that may be symbols.
static StringSet<> getWords(StringRef Text) {
  StringSet<> Words;
  auto IsWord = [](char C) {
    return isAlnum(C) || C == '_' || C == '.' || C == '$';
  };
  while (!Text.empty()) {
    Text = Text.drop_until(IsWord);
    StringRef Word = Text.take_while(IsWord);
    Words.insert(Word);
    // Mach-O and some COFF symbols have an underscore more than in IR.
    if (Word.starts_with("_"))
      Words.insert(Word.drop_front());
    Text = Text.drop_front(Word.size());
  }
  return Words;
}

/// Pins the definitions that use the declaration \p C.
void GraphBuilder::pinUsers(const Constant &C) {
  for (const User *U : C.users()) {
    const auto *I = dyn_cast<Instruction>(U);
    const GlobalValue *GV = I ? I->getFunction() : dyn_cast<GlobalValue>(U);
    if (Definition *D = GV ? G.find(GV) : nullptr)
      D->IsPinned = true;
    else if (isa<Constant>(U) && !GV)
      pinUsers(*cast<Constant>(U));
  }
}

void GraphBuilder::bondAssembly() {
  if (StringRef Text = M.getModuleInlineAsm(); !Text.empty()) {
    G.IsWhole |= any_of(
        G.Defs, [](const Definition &D) { return D.GV->hasInternalLinkage(); });
    // The rest may define symbols that are only declared in IR, maybe local
    // ones: these are only within reach in the same object.
    for (const auto &Word : getWords(Text)) {
      GlobalValue *GV = M.getNamedValue(Word.getKey());
      if (!GV)
        continue;
      if (Definition *D = G.find(GV))
        D->IsPinned = true;
      else
        pinUsers(*GV);
    }
  }
  // Symbols of llvm.used may be named by inline assembly. It cannot name others
  // that are local, for the optimiser may drop these.
  for (const GlobalValue *GV : Used) {
    auto Found = G.Index.find(GV);
    if (!GV->hasLocalLinkage() || !GV->hasName() || Found == G.Index.end())
      continue;
    bool IsNamed = false;
    for (auto [From, Text] : Assembly)
      if (Text.contains(GV->getName())) {
        IsNamed = true;
        bond(From, GV);
        G.Defs[From].IsFixed = true;
      }
    if (IsNamed)
      for (unsigned User : G.Defs[Found->second].Users)
        bond(User, GV);
  }
}

/// Whether \p D may be copied into each shard, if what it refers to can.
bool GraphBuilder::isCopyable(const Definition &D) const {
  if (D.GV->hasAvailableExternallyLinkage())
    return true;
  if (!D.GV->hasLocalLinkage() || D.IsFixed || D.IsPinned ||
      Used.contains(D.GV) || Bonded.contains(G.Index.lookup(D.GV)))
    return false;
  if (const auto *F = dyn_cast<Function>(D.GV))
    return F->hasFnAttribute(Attribute::AlwaysInline) && !D.IsAddressTaken &&
           !F->hasSection();
  const auto *Var = dyn_cast<GlobalVariable>(D.GV);
  return Var && Var->isConstant() && Var->hasGlobalUnnamedAddr() &&
         !Var->isThreadLocal() && !Var->isExternallyInitialized() &&
         (!Var->hasSection() || Var->getSection() == "llvm.metadata") &&
         !Var->hasMetadata(LLVMContext::MD_type) &&
         !Var->hasMetadata(LLVMContext::MD_absolute_symbol) &&
         M.getDataLayout().getTypeAllocSize(Var->getValueType()) <=
             MaxCopiedBytes;
}

void GraphBuilder::chooseReplicated() {
  for (Definition &D : G.Defs)
    D.IsReplicated = isCopyable(D);
  // Constants that refer to local symbols would be a reason to promote these.
  SmallVector<unsigned, 16> Dropped;
  for (auto [I, D] : enumerate(G.Defs))
    if (!D.IsReplicated && D.GV->hasLocalLinkage())
      Dropped.push_back(I);
  while (!Dropped.empty())
    for (unsigned User : G.Defs[Dropped.pop_back_val()].Users) {
      Definition &D = G.Defs[User];
      if (!D.IsReplicated || !D.GV->hasLocalLinkage() ||
          !isa<GlobalVariable>(D.GV))
        continue;
      D.IsReplicated = false;
      Dropped.push_back(User);
    }
}

/// Bonds the versions of each function, and the slot.
Error GraphBuilder::bondVersions() {
  Expected<MVResult> MV = readMultiVersioning(M);
  if (!MV)
    return MV.takeError();
  auto Bond = [&](const Function *Original, const GlobalValue *GV) {
    Definition *D = G.find(Original), *Other = GV ? G.find(GV) : nullptr;
    if (D && Other && !D->IsReplicated && !Other->IsReplicated)
      bond(G.Index[Original], GV);
  };
  for (const MVFunction &F : MV->Functions)
    for (const Function *Clone : F.Clones)
      Bond(F.Original, Clone);
  for (const MVSlot &Slot : MV->Slots)
    if (Slot.Global->getName().ends_with(".reloc_slot"))
      Bond(Slot.Original, Slot.Global);
  return Error::success();
}

Error GraphBuilder::run() {
  number();
  collectReferences();
  bondGroups();
  bondStructors("llvm.global_ctors");
  bondStructors("llvm.global_dtors");
  bondAssembly();
  chooseReplicated();
  return bondVersions();
}

Error shards::buildGraph(ModuleGraph &G) { return GraphBuilder(G).run(); }
