//===- ShardsPromote.cpp - What shards share ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardsImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::shards;

/// Functions up to this cost are inlined at -O2: LLVM's threshold, 225, by its
/// cost of an instruction, 5.
static constexpr unsigned InlineLimit = 45;
/// Larger constants are not worth having where a load of them might be folded.
static constexpr uint64_t MaxImportedBytes = 65536;
/// Bytes of data that cost as much to read and write as an instruction.
static constexpr uint64_t BytesPerInstruction = 64;
/// How many calls deep functions are imported.
static constexpr unsigned ImportDepth = 2;
static constexpr unsigned ODRImportDepth = 16;
/// The part of a shard's weight that imports may have: one in this.
static constexpr uint64_t ImportShare = 10;

namespace {
/// Finds what one shard needs of others.
class Distributor {
public:
  Distributor(ModuleGraph &G, unsigned Shard, ShardGuests &Guests)
      : G(G), Shard(Shard), Guests(Guests) {}

  void addOwn(ArrayRef<unsigned> Own);
  void addImports(ArrayRef<unsigned> Own);

private:
  bool isElsewhere(unsigned I) const {
    return !G.Defs[I].IsReplicated && G.Defs[I].Shard != Shard;
  }
  bool hasUnsharedLocals(const Definition &D) const;
  bool canImportBody(const Definition &D) const;
  bool isInlinable(const Definition &D) const;
  bool isConstant(const Definition &D) const;
  void follow(unsigned I, bool IsFirstPass);
  void import(unsigned I, bool IsFirstPass);

  ModuleGraph &G;
  unsigned Shard;
  ShardGuests &Guests;
};
} // namespace

/// Whether \p D refers to a local symbol that would have to be promoted.
bool Distributor::hasUnsharedLocals(const Definition &D) const {
  return any_of(D.Refs, [&](const Reference &R) {
    const Definition &To = G.Defs[R.To];
    return !To.IsReplicated && To.GV->hasLocalLinkage() && !To.IsShared;
  });
}

/// Whether the code of \p D can be in two shards, and inlined in the other.
bool Distributor::canImportBody(const Definition &D) const {
  const auto *F = dyn_cast<Function>(D.GV);
  return F && !D.IsFixed && !D.CallsItself && !F->isInterposable() &&
         !F->isVarArg() && !F->hasOptNone() &&
         !F->hasFnAttribute(Attribute::NoInline) &&
         !F->hasFnAttribute(Attribute::Naked) && !F->isPresplitCoroutine();
}

bool Distributor::isInlinable(const Definition &D) const {
  if (!canImportBody(D) || hasUnsharedLocals(D))
    return false;
  unsigned Limit = InlineLimit;
  if (cast<Function>(D.GV)->hasFnAttribute(Attribute::InlineHint))
    Limit += Limit / 2;
  return D.InlineCost <= Limit;
}

bool Distributor::isConstant(const Definition &D) const {
  const auto *GV = dyn_cast<GlobalVariable>(D.GV);
  return GV && GV->isConstant() && GV->hasDefinitiveInitializer() &&
         !GV->isThreadLocal() && !D.IsFixed && !hasUnsharedLocals(D) &&
         G.M.getDataLayout().getTypeAllocSize(GV->getValueType()) <=
             MaxImportedBytes;
}

/// Adds what the definition \p I, which is in the shard, cannot be without.
void Distributor::follow(unsigned I, bool IsFirstPass) {
  SmallVector<unsigned, 16> Work = {I};
  while (!Work.empty())
    for (const Reference &R : G.Defs[Work.pop_back_val()].Refs) {
      Definition &To = G.Defs[R.To];
      if (To.IsReplicated) {
        if (Guests.Copies.insert(R.To))
          Work.push_back(R.To);
        continue;
      }
      if (!isElsewhere(R.To))
        continue;
      // In the second pass, this can only change linkonce to weak.
      assert((IsFirstPass || To.IsShared || !To.GV->hasLocalLinkage()) &&
             "an import must not promote");
      To.IsShared = true;
      if (To.GV->getValueType()->isFunctionTy() && canImportBody(To) &&
          cast<Function>(To.GV)->hasFnAttribute(Attribute::AlwaysInline) &&
          (IsFirstPass || !hasUnsharedLocals(To)) &&
          Guests.Imports.insert(R.To))
        Work.push_back(R.To);
    }
}

/// Adds what the shard's own definitions need.
void Distributor::addOwn(ArrayRef<unsigned> Own) {
  for (unsigned I : Own) {
    Guests.OwnWeight += G.Defs[I].Weight;
    follow(I, /*IsFirstPass=*/true);
  }
}

void Distributor::import(unsigned I, bool IsFirstPass) {
  if (Guests.Imports.insert(I))
    follow(I, IsFirstPass);
}

/// Adds what is useful to have at hand. All locals that need promotion are
/// known.
void Distributor::addImports(ArrayRef<unsigned> Own) {
  uint64_t Budget = Guests.OwnWeight / ImportShare;
  // Templates and inline functions, which a C++ compiler has at hand in each
  // unit, and of which expression templates are many layers.
  uint64_t ODRBudget = Guests.OwnWeight;
  auto IsODR = [](const Definition &D) {
    return isa<Function>(D.GV) &&
           (D.GV->hasLinkOnceODRLinkage() || D.GV->hasWeakODRLinkage());
  };
  std::vector<unsigned> Frontier = Own.vec();
  llvm::append_range(Frontier, Guests.Copies);
  llvm::append_range(Frontier, Guests.Imports);
  for (unsigned Depth = 0; Depth != ODRImportDepth; ++Depth) {
    std::vector<unsigned> Candidates;
    for (unsigned I : Frontier)
      for (const Reference &R : G.Defs[I].Refs) {
        const Definition &To = G.Defs[R.To];
        if (isElsewhere(R.To) && !Guests.Imports.contains(R.To) &&
            (Depth < ImportDepth || IsODR(To)) &&
            (R.Calls ? isInlinable(To) : isConstant(To)))
          Candidates.push_back(R.To);
      }
    llvm::sort(Candidates);
    Candidates.erase(llvm::unique(Candidates), Candidates.end());
    Frontier.clear();
    for (unsigned I : Candidates) {
      uint64_t Cost = G.Defs[I].Weight;
      if (auto *GV = dyn_cast<GlobalVariable>(G.Defs[I].GV))
        Cost = 1 + G.M.getDataLayout().getTypeAllocSize(GV->getValueType()) /
                       BytesPerInstruction;
      uint64_t &Left = IsODR(G.Defs[I]) ? ODRBudget : Budget;
      if (Cost > Left)
        continue;
      Left -= Cost;
      size_t NumCopies = Guests.Copies.size();
      import(I, /*IsFirstPass=*/false);
      Frontier.push_back(I);
      // What is copied with it is part of it.
      for (unsigned Copy :
           ArrayRef(Guests.Copies.getArrayRef()).drop_front(NumCopies))
        Frontier.push_back(Copy);
    }
  }
  Guests.Weight = Guests.OwnWeight;
  for (unsigned I : Guests.Copies)
    Guests.Weight += G.Defs[I].Weight;
  for (unsigned I : Guests.Imports)
    Guests.Weight += G.Defs[I].Weight;
}

std::vector<ShardGuests> shards::distribute(ModuleGraph &G,
                                            unsigned NumShards) {
  std::vector<ShardGuests> Result(NumShards);
  std::vector<std::vector<unsigned>> Own(NumShards);
  for (auto [I, D] : enumerate(G.Defs))
    if (!D.IsReplicated)
      Own[D.Shard].push_back(I);
  for (unsigned S = 0; S != NumShards; ++S)
    Distributor(G, S, Result[S]).addOwn(Own[S]);
  for (unsigned S = 0; S != NumShards; ++S)
    Distributor(G, S, Result[S]).addImports(Own[S]);
  return Result;
}

/// The name for the local symbol \p GV when it is visible to other shards.
static std::string getSharedName(const GlobalValue &GV) {
  StringRef Old = GV.getName();
  // Without the mark of a name that is to be taken as it is, or else a linker
  // might take the symbol for one of the assembler's own.
  Old.consume_front("\1");
  std::string Base = Old.empty() ? "unnamed" : Old.str();
  const DataLayout &DL = GV.getParent()->getDataLayout();
  if (!DL.getPrivateGlobalPrefix().empty() && !DL.getGlobalPrefix() &&
      Old.starts_with(DL.getPrivateGlobalPrefix()))
    Base = "pkgimg" + Base;
  Base += ".pkgimg";
  std::string Name = Base;
  for (unsigned I = 1; GV.getParent()->getNamedValue(Name); ++I)
    Name = Base + "." + utostr(I);
  return Name;
}

/// COFF knows a comdat by its leading symbol: renames it with that.
static void renameComdat(GlobalObject &Leader, StringRef OldName) {
  Comdat *Old = Leader.getComdat();
  Module &M = *Leader.getParent();
  if (!Old || Old->getName() != OldName ||
      !Triple(M.getTargetTriple()).isOSBinFormatCOFF())
    return;
  Comdat *New = M.getOrInsertComdat(Leader.getName());
  New->setSelectionKind(Old->getSelectionKind());
  SmallVector<GlobalObject *, 4> Members(Old->getUsers().begin(),
                                         Old->getUsers().end());
  for (GlobalObject *Member : Members)
    Member->setComdat(New);
}

void shards::promote(ModuleGraph &G) {
  for (Definition &D : G.Defs) {
    if (!D.IsShared)
      continue;
    GlobalValue &GV = *D.GV;
    if (GV.hasLinkOnceODRLinkage()) {
      GV.setLinkage(GlobalValue::WeakODRLinkage);
    } else if (GV.hasLinkOnceAnyLinkage()) {
      GV.setLinkage(GlobalValue::WeakAnyLinkage);
    } else if (GV.hasLocalLinkage()) {
      std::string OldName = GV.getName().str();
      GV.setName(getSharedName(GV));
      GV.setLinkage(GlobalValue::ExternalLinkage);
      GV.setVisibility(GlobalValue::HiddenVisibility);
      if (auto *Object = dyn_cast<GlobalObject>(&GV))
        renameComdat(*Object, OldName);
    }
  }
}
