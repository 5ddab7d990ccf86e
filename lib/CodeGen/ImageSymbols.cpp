//===- ImageSymbols.cpp - The names that tables are made of ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageSymbols.h"
#include "pkgimg/CodeGen/ImageObjects.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/Module.h"

#include <map>

using namespace llvm;
using namespace pkgimg;

/// Whether \p GV is a definition that other images can see, and that stays if
/// nothing here uses it.
static bool isExported(const GlobalValue &GV) {
  return !GV.isDeclarationForLinker() && !GV.hasLocalLinkage() &&
         GV.hasDefaultVisibility() && !GV.isDiscardableIfUnused() &&
         !GV.getName().starts_with("llvm.");
}

/// Returns a name for \p GV that the tables can have as a word without a
/// lookup: in ELF files, another library can preempt a symbol that is exported,
/// and the loader would then find that library's code; and the linker has no
/// relocation for the distance to a slot in such a variable. A definition that
/// the linker may replace by another object's has no second name, which would
/// be lost with it.
static std::string getTableSymbol(GlobalObject &GV, const Triple &T) {
  if (!T.isOSBinFormatELF() || !GV.hasExternalLinkage() ||
      !GV.hasDefaultVisibility())
    return GV.getName().str();
  GlobalAlias *Alias = GlobalAlias::create(GlobalValue::ExternalLinkage,
                                           GV.getName() + ".pkgimg.entry", &GV);
  Alias->setVisibility(GlobalValue::HiddenVisibility);
  Alias->setDSOLocal(true);
  return Alias->getName().str();
}

ImageSymbols ImageSymbols::collect(Module &M, const MVResult &Result) {
  ImageSymbols Symbols;
  const Triple T(M.getTargetTriple());
  const unsigned NumTargets = std::max<size_t>(Result.Targets.size(), 1);
  const bool HasGroups =
      any_of(Result.Targets, [](const MVTarget &T) { return T.CloneAll; });

  Symbols.SymbolPrefix = M.getDataLayout().getGlobalPrefix();
  DenseSet<const Function *> IsClone;
  for (const MVFunction &F : Result.Functions)
    for (auto [Target, Clone] : enumerate(F.Clones))
      if (Clone && IsClone.insert(Clone).second) {
        Symbols.TargetOf[Clone->getName()] = Target;
      }
  // The aliases made on the way must not be seen.
  SmallVector<GlobalAlias *, 0> Aliases(make_pointer_range(M.aliases()));
  std::map<const Function *, std::vector<pkgimg::SymbolRef>> Slots;
  DenseMap<const GlobalVariable *, std::string> SlotSymbols;
  for (const MVSlot &S : Result.Slots) {
    if (!S.Global)
      continue;
    std::string &Symbol = SlotSymbols[S.Global];
    if (Symbol.empty())
      Symbol = getTableSymbol(*S.Global, T);
    Slots[S.Original].push_back({Symbol, int64_t(S.Offset)});
  }

  DenseMap<const Function *, unsigned> IndexOf;
  auto AddFunction = [&](Function &F) {
    auto [It, IsNew] = IndexOf.try_emplace(&F, Symbols.Functions.size());
    if (!IsNew)
      return It->second;
    ImageFunction &Added = Symbols.Functions.emplace_back();
    Added.Symbol = getTableSymbol(F, T);
    Added.Clones.resize(NumTargets);
    if (const MVFunction *MV = Result.find(&F))
      for (auto [Target, Clone] : enumerate(MV->Clones))
        if (Clone)
          Added.Clones[Target] = Clone->getName().str();
    if (auto S = Slots.find(&F); S != Slots.end())
      Added.Slots = S->second;
    return unsigned(Symbols.Functions.size() - 1);
  };
  auto AddName = [&](const GlobalValue &GV, Function &Code) {
    Symbols.Names.push_back(
        {GV.getName().str(), getFunctionSignature(Code), AddFunction(Code)});
  };

  for (Function &F : M) {
    if (F.isDeclarationForLinker() || IsClone.contains(&F))
      continue;
    if (HasGroups && !Result.find(&F))
      Symbols.HasUncloned = true;
    if (isExported(F))
      AddName(F, F);
    else if (Slots.count(&F))
      AddFunction(F);
  }
  for (GlobalAlias *A : Aliases)
    if (isExported(*A))
      if (auto *Code = dyn_cast<Function>(A->getAliasee()->stripPointerCasts()))
        AddName(*A, *Code);
  llvm::sort(Symbols.Names, [](const NamedFunction &A, const NamedFunction &B) {
    return A.Name < B.Name;
  });
  return Symbols;
}

void ImageSymbols::rename(function_ref<StringRef(StringRef)> NewName) {
  for (ImageFunction &F : Functions) {
    F.Symbol = NewName(F.Symbol).str();
    for (std::string &Clone : F.Clones)
      Clone = NewName(Clone).str();
    for (pkgimg::SymbolRef &Slot : F.Slots)
      Slot.Symbol = NewName(Slot.Symbol).str();
  }
  StringMap<unsigned> Renamed;
  for (const auto &[Name, Target] : TargetOf) {
    std::string Spelled(SymbolPrefix ? 1 : 0, SymbolPrefix);
    Renamed[Spelled + NewName(Name).str()] = Target;
  }
  TargetOf = std::move(Renamed);
}

void ImageSymbols::writeShards(unsigned NumShards,
                               function_ref<unsigned(StringRef)> FindShard,
                               ImageTablesSpec &Tables) const {
  using Shard = BasicImageShard<pkgimg::SymbolRef>;
  constexpr uint32_t UseSlots = BasicShardClones<pkgimg::SymbolRef>::UseSlots;
  ArrayRef<CPUTarget> Targets = Tables.Targets.Targets;

  Tables.NumFunctions = Functions.size();
  Tables.Shards.resize(NumShards);
  for (Shard &S : Tables.Shards) {
    S.Clones.resize(Targets.size());
    for (auto [Target, Clones] : enumerate(S.Clones)) {
      Clones.IsGroup =
          Target == 0 || (Targets[Target].Flags & CPUTarget::CloneAll);
      if (!Clones.IsGroup && Targets[Target].Base != CPUTarget::NoBase)
        Clones.Base = Targets[Target].Base;
    }
  }
  for (auto [Index, F] : enumerate(Functions)) {
    Shard &S = Tables.Shards[FindShard(F.Symbol)];
    const uint32_t Local = S.Functions.size();
    S.Functions.push_back({F.Symbol, 0});
    S.FunctionIndices.push_back(Index);
    for (const pkgimg::SymbolRef &Slot : F.Slots)
      S.CloneSlots.push_back({Local, Slot});
    for (auto [Target, Clones] : enumerate(S.Clones)) {
      const bool HasSlots = !F.Slots.empty();
      StringRef Clone = F.Clones[Target];
      if (Clones.IsGroup) {
        if (HasSlots)
          Clones.Indices.push_back(Local);
        if (Target != 0)
          Clones.Functions.push_back(
              {(Clone.empty() ? F.Symbol : Clone.str()), 0});
        continue;
      }
      // The loader writes the slots of what it finds here, so that what has
      // slots must be here, if only with the base's code.
      if (Clone.empty() && !HasSlots)
        continue;
      if (Clone.empty())
        Clone = F.Clones[Clones.Base];
      Clones.Indices.push_back(Local | (HasSlots ? UseSlots : 0));
      Clones.Functions.push_back({(Clone.empty() ? F.Symbol : Clone.str()), 0});
    }
  }
}
