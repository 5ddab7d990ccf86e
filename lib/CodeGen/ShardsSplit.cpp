//===- ShardsSplit.cpp - Writes the shards of a module --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Makes each shard out of the module itself: what the shard has is moved to a
/// module in the same context, where it refers to declarations; that is written
/// as bitcode; then all is undone. So nothing is copied in memory, and metadata
/// above all, of which one node may lead to most of the module's, stays as it
/// is.
///
//===----------------------------------------------------------------------===//

#include "ShardsImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DebugProgramInstruction.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::shards;

//===----------------------------------------------------------------------===//
// Compile units
//===----------------------------------------------------------------------===//

namespace {
/// What the compile units of the module list, and for which shards. Empty for a
/// module without debug information.
class UnitLists {
public:
  UnitLists(ModuleGraph &G, ArrayRef<ShardGuests> Guests);

  /// Leaves in each unit what belongs to \p Shard, and returns the units that
  /// belong to it even if no code refers to them.
  std::vector<DICompileUnit *> apply(unsigned Shard);

  ArrayRef<DICompileUnit *> getUnits() const { return Units; }

private:
  /// An element of a list, and the shards that have it: those with a
  /// definition, or else the unit's home.
  struct Entry {
    explicit Entry(Metadata *MD) : MD(MD) {}
    Metadata *MD;
    bool IsOwned = false;
    SmallVector<unsigned, 1> Shards;
  };
  struct Lists {
    /// The first shard with a function or variable of the unit.
    unsigned Home = NoShard;
    std::vector<Entry> Variables, Imported;
    Metadata *Enums, *Retained, *Macros;
  };

  void read(const DICompileUnit &Unit, Lists &L) const;
  void assign(ModuleGraph &G, ArrayRef<ShardGuests> Guests);

  std::vector<DICompileUnit *> Units;
  std::vector<Lists> All;
};
} // namespace

void UnitLists::read(const DICompileUnit &Unit, Lists &L) const {
  for (DIGlobalVariableExpression *GV : Unit.getGlobalVariables())
    L.Variables.emplace_back(GV);
  for (DIImportedEntity *Entity : Unit.getImportedEntities())
    L.Imported.emplace_back(Entity);
  L.Enums = Unit.getRawEnumTypes();
  L.Retained = Unit.getRawRetainedTypes();
  L.Macros = Unit.getRawMacros();
}

void UnitLists::assign(ModuleGraph &G, ArrayRef<ShardGuests> Guests) {
  // The shards of what a definition's debug information hangs on.
  DenseMap<const Metadata *, SmallVector<unsigned, 1>> Shards;
  DenseMap<const Metadata *, unsigned> FirstOfUnit;
  auto Add = [&](const GlobalValue &GV, unsigned Shard) {
    if (const auto *F = dyn_cast<Function>(&GV)) {
      if (const DISubprogram *SP = F->getSubprogram()) {
        Shards[SP].push_back(Shard);
        unsigned &First =
            FirstOfUnit.try_emplace(SP->getUnit(), Shard).first->second;
        First = std::min(First, Shard);
      }
    } else if (const auto *Var = dyn_cast<GlobalVariable>(&GV)) {
      SmallVector<DIGlobalVariableExpression *, 1> Expressions;
      Var->getDebugInfo(Expressions);
      for (const DIGlobalVariableExpression *E : Expressions)
        Shards[E].push_back(Shard);
    }
  };
  for (const Definition &D : G.Defs)
    if (!D.IsReplicated)
      Add(*D.GV, D.Shard);
  for (auto [Shard, Guest] : enumerate(Guests))
    for (unsigned I : Guest.Copies)
      Add(*G.Defs[I].GV, Shard);

  auto Find = [&](Entry &E, const Metadata *Owner) {
    if (auto It = Shards.find(Owner); It != Shards.end()) {
      E.IsOwned = true;
      E.Shards = It->second;
    }
  };
  for (auto [Unit, L] : zip_equal(Units, All)) {
    if (auto It = FirstOfUnit.find(Unit); It != FirstOfUnit.end())
      L.Home = It->second;
    for (Entry &E : L.Variables) {
      Find(E, E.MD);
      for (unsigned Shard : E.Shards)
        L.Home = std::min(L.Home, Shard);
    }
    for (Entry &E : L.Imported)
      if (const auto *Scope = dyn_cast_or_null<DILocalScope>(
              cast<DIImportedEntity>(E.MD)->getScope()))
        Find(E, Scope->getSubprogram());
    if (L.Home == NoShard)
      L.Home = 0;
  }
}

UnitLists::UnitLists(ModuleGraph &G, ArrayRef<ShardGuests> Guests) {
  NamedMDNode *Named = G.M.getNamedMetadata("llvm.dbg.cu");
  if (!Named)
    return;
  for (MDNode *Node : Named->operands()) {
    Units.push_back(cast<DICompileUnit>(Node));
    read(*Units.back(), All.emplace_back());
  }
  assign(G, Guests);
}

std::vector<DICompileUnit *> UnitLists::apply(unsigned Shard) {
  std::vector<DICompileUnit *> Own;
  for (auto [Unit, L] : zip_equal(Units, All)) {
    bool IsHome = L.Home == Shard;
    if (IsHome)
      Own.push_back(Unit);
    LLVMContext &Context = Unit->getContext();
    auto Filter = [&](ArrayRef<Entry> Entries) -> MDTuple * {
      SmallVector<Metadata *, 16> Kept;
      for (const Entry &E : Entries)
        if (E.IsOwned ? is_contained(E.Shards, Shard) : IsHome)
          Kept.push_back(E.MD);
      return Kept.empty() ? nullptr : MDTuple::get(Context, Kept);
    };
    auto AtHome = [&](Metadata *MD) {
      return IsHome ? cast_or_null<MDTuple>(MD) : nullptr;
    };
    Unit->replaceGlobalVariables(Filter(L.Variables));
    Unit->replaceImportedEntities(Filter(L.Imported));
    Unit->replaceEnumTypes(AtHome(L.Enums));
    Unit->replaceRetainedTypes(AtHome(L.Retained));
    Unit->replaceMacros(AtHome(L.Macros));
  }
  return Own;
}

namespace {
/// Finds the metadata that a module refers to.
class MetadataFinder {
public:
  void add(const Metadata *MD);
  void add(const Instruction &I);
  void add(const GlobalObject &GO);
  bool contains(const MDNode *Node) const { return Seen.contains(Node); }

private:
  SmallPtrSet<const MDNode *, 32> Seen;
  SmallVector<const MDNode *, 64> Work;
  SmallVector<std::pair<unsigned, MDNode *>, 4> Attachments;
};
} // namespace

void MetadataFinder::add(const Metadata *MD) {
  if (const auto *Node = dyn_cast_or_null<MDNode>(MD);
      Node && Seen.insert(Node).second)
    Work.push_back(Node);
  while (!Work.empty())
    for (const MDOperand &Op : Work.pop_back_val()->operands())
      if (const auto *Node = dyn_cast_or_null<MDNode>(Op.get());
          Node && Seen.insert(Node).second)
        Work.push_back(Node);
}

void MetadataFinder::add(const GlobalObject &GO) {
  Attachments.clear();
  GO.getAllMetadata(Attachments);
  for (auto [Kind, Node] : Attachments)
    add(Node);
}

void MetadataFinder::add(const Instruction &I) {
  add(I.getDebugLoc().getAsMDNode());
  if (I.hasMetadataOtherThanDebugLoc()) {
    Attachments.clear();
    I.getAllMetadataOtherThanDebugLoc(Attachments);
    for (auto [Kind, Node] : Attachments)
      add(Node);
  }
  for (const DbgRecord &R : I.getDbgRecordRange()) {
    add(R.getDebugLoc().getAsMDNode());
    if (const auto *Label = dyn_cast<DbgLabelRecord>(&R))
      add(Label->getLabel());
    else
      add(cast<DbgVariableRecord>(R).getVariable());
  }
  if (isa<CallBase>(I))
    for (const Use &Op : I.operands())
      if (const auto *MD = dyn_cast<MetadataAsValue>(Op))
        add(MD->getMetadata());
}

//===----------------------------------------------------------------------===//
// Splitter
//===----------------------------------------------------------------------===//

namespace {
/// Writes one shard at a time.
class Splitter final : ValueMaterializer {
public:
  Splitter(ModuleGraph &G, ArrayRef<ShardGuests> Guests);
  void write(unsigned Shard, SmallVectorImpl<char> &Bytes);

private:
  /// What is changed in a definition while it is in a shard.
  struct Moved {
    GlobalValue *GV;
    GlobalValue::LinkageTypes Linkage;
    GlobalValue::DLLStorageClassTypes DLLStorage;
    Comdat *Group = nullptr;
    std::string Name;
    SmallVector<DIGlobalVariableExpression *, 1> DebugInfo;
  };

  void dropSymbolsFromMetadata();
  void prepareModule();
  void take(unsigned I, bool IsOwn, bool IsImport);
  void putBack(const Moved &Old);
  Value *materialize(Value *V) override;
  void remap(User &U);
  void remapBody(Function &F);
  void addList(StringRef Name);
  void addNamedMetadata(ArrayRef<DICompileUnit *> OwnUnits);

  ModuleGraph &G;
  ArrayRef<ShardGuests> Guests;
  std::vector<std::vector<unsigned>> Own;
  UnitLists Units;
  /// What `!associated` says of definitions.
  DenseMap<const GlobalValue *, Constant *> Associated;

  unsigned Shard = 0;
  std::unique_ptr<Module> M;
  ValueToValueMapTy Map;
  ValueMapper Mapper;
  std::vector<Moved> Taken;
  std::vector<std::pair<Use *, Value *>> Undo;
};
} // namespace

Splitter::Splitter(ModuleGraph &G, ArrayRef<ShardGuests> Guests)
    : G(G), Guests(Guests), Own(Guests.size()), Units(G, Guests),
      Mapper(Map, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals,
             /*TypeMapper=*/nullptr, this) {
  for (auto [I, D] : enumerate(G.Defs))
    if (!D.IsReplicated)
      Own[D.Shard].push_back(I);
  dropSymbolsFromMetadata();
}

/// Metadata is shared between shards and cannot refer to what is in one. What
/// can: `!associated`, which is made for each shard; lists of callees; template
/// arguments and locations in debug information.
void Splitter::dropSymbolsFromMetadata() {
  for (GlobalObject &GO : G.M.global_objects())
    if (const MDNode *Node = GO.getMetadata(LLVMContext::MD_associated)) {
      if (auto *Target =
              mdconst::dyn_extract_or_null<Constant>(Node->getOperand(0)))
        Associated[&GO] = Target;
      GO.eraseMetadata(LLVMContext::MD_associated);
    }
  SmallVector<Constant *, 64> Work;
  SmallPtrSet<Constant *, 32> Seen;
  for (GlobalValue &GV : G.M.global_values())
    Work.push_back(&GV);
  while (!Work.empty()) {
    Constant *C = Work.pop_back_val();
    if (C->isUsedByMetadata())
      ValueAsMetadata::handleDeletion(C);
    for (User *U : C->users())
      if (auto *UserC = dyn_cast<Constant>(U);
          UserC && !isa<GlobalValue>(UserC) && Seen.insert(UserC).second)
        Work.push_back(UserC);
  }
}

void Splitter::prepareModule() {
  M = std::make_unique<Module>(G.M.getModuleIdentifier(), G.M.getContext());
  M->IsNewDbgInfoFormat = G.M.IsNewDbgInfoFormat;
  M->setSourceFileName(G.M.getSourceFileName());
  M->setDataLayout(G.M.getDataLayout());
  M->setTargetTriple(G.M.getTargetTriple());
  if (Shard == 0)
    M->setModuleInlineAsm(G.M.getModuleInlineAsm());
}

/// Without a symbol table, which would depend on the targets in this process.
static void writeBitcode(const Module &M, SmallVectorImpl<char> &Bytes) {
  BitcodeWriter Writer(Bytes);
  Writer.writeModule(M);
  Writer.writeStrtab();
}

/// Makes a declaration for \p GV in the module \p To.
static GlobalValue *declare(const GlobalValue &GV, Module &To) {
  // Also of a definition, external is what others see of it.
  bool IsDefinition = !GV.isDeclaration();
  auto Linkage = IsDefinition ? GlobalValue::ExternalLinkage : GV.getLinkage();
  GlobalObject *New;
  if (auto *Type = dyn_cast<FunctionType>(GV.getValueType())) {
    auto *F = Function::Create(Type, Linkage, GV.getAddressSpace(),
                               GV.getName(), &To);
    if (auto *Old = dyn_cast<Function>(&GV)) {
      F->copyAttributesFrom(Old);
      // These belong to a body.
      F->clearGC();
      F->setPersonalityFn(nullptr);
      F->setPrefixData(nullptr);
      F->setPrologueData(nullptr);
      if (IsDefinition)
        F->setSection("");
    }
    New = F;
  } else {
    auto *Old = dyn_cast<GlobalVariable>(&GV);
    auto *Var = new GlobalVariable(
        To, GV.getValueType(), Old && Old->isConstant(), Linkage, nullptr,
        GV.getName(), nullptr, GV.getThreadLocalMode(), GV.getAddressSpace());
    if (Old)
      Var->copyAttributesFrom(Old);
    New = Var;
  }
  if (isa<GlobalAlias, GlobalIFunc>(GV)) {
    New->setVisibility(GV.getVisibility());
    New->setUnnamedAddr(GV.getUnnamedAddr());
    New->setDSOLocal(GV.isDSOLocal());
  }
  if (auto *Old = dyn_cast<GlobalObject>(&GV); Old && !IsDefinition)
    New->copyMetadata(Old, 0);
  if (New->hasDLLExportStorageClass())
    New->setDLLStorageClass(GlobalValue::DefaultStorageClass);
  return New;
}

static void move(GlobalValue &GV, Module &To) {
  if (auto *F = dyn_cast<Function>(&GV)) {
    F->removeFromParent();
    To.getFunctionList().push_back(F);
  } else if (auto *Var = dyn_cast<GlobalVariable>(&GV)) {
    Var->removeFromParent();
    To.insertGlobalVariable(Var);
  } else if (auto *Alias = dyn_cast<GlobalAlias>(&GV)) {
    Alias->removeFromParent();
    To.insertAlias(Alias);
  } else {
    auto *IFunc = cast<GlobalIFunc>(&GV);
    IFunc->removeFromParent();
    To.insertIFunc(IFunc);
  }
}

/// Moves definition \p I to the shard.
void Splitter::take(unsigned I, bool IsOwn, bool IsImport) {
  GlobalValue &GV = *G.Defs[I].GV;
  Moved &Old = Taken.emplace_back(
      Moved{&GV, GV.getLinkage(), GV.getDLLStorageClass(), nullptr, "", {}});
  move(GV, *M);
  // Copies without a symbol go without a name.
  if (!IsOwn && !IsImport && GV.hasPrivateLinkage()) {
    Old.Name = GV.getName().str();
    GV.setName("");
  }
  auto *GO = dyn_cast<GlobalObject>(&GV);
  if (GO && GO->hasComdat()) {
    Old.Group = GO->getComdat();
    Comdat *Group = nullptr;
    if (!IsImport) {
      Group = M->getOrInsertComdat(Old.Group->getName());
      Group->setSelectionKind(Old.Group->getSelectionKind());
    }
    GO->setComdat(Group);
  }
  if (!IsImport)
    return;
  GV.setLinkage(GlobalValue::AvailableExternallyLinkage);
  if (GV.hasDLLExportStorageClass())
    GV.setDLLStorageClass(GlobalValue::DefaultStorageClass);
  if (auto *Var = dyn_cast<GlobalVariable>(&GV)) {
    // The shard that has the variable describes it.
    Var->getDebugInfo(Old.DebugInfo);
    Var->eraseMetadata(LLVMContext::MD_dbg);
  }
}

void Splitter::putBack(const Moved &Old) {
  GlobalValue &GV = *Old.GV;
  if (!Old.Name.empty())
    GV.setName(Old.Name);
  if (Old.Group)
    cast<GlobalObject>(GV).setComdat(Old.Group);
  if (Associated.contains(&GV))
    cast<GlobalObject>(GV).eraseMetadata(LLVMContext::MD_associated);
  move(GV, G.M);
  GV.setLinkage(Old.Linkage);
  GV.setDLLStorageClass(Old.DLLStorage);
  for (DIGlobalVariableExpression *E : Old.DebugInfo)
    cast<GlobalVariable>(GV).addDebugInfo(E);
}

/// Called for what a constant is made of, once each.
Value *Splitter::materialize(Value *V) {
  auto *GV = dyn_cast<GlobalValue>(V);
  if (!GV)
    return nullptr;
  return GV->getParent() == M.get() ? GV : declare(*GV, *M);
}

/// Makes \p U refer to the shard's symbols.
void Splitter::remap(User &U) {
  for (Use &Op : U.operands()) {
    auto *C = dyn_cast<Constant>(Op);
    if (!C || isa<ConstantData>(C))
      continue;
    auto *GV = dyn_cast<GlobalValue>(C);
    if (GV && GV->getParent() == M.get())
      continue;
    Value *New = Mapper.mapValue(*C);
    if (New == C)
      continue;
    Undo.push_back({&Op, C});
    Op.set(New);
  }
}

void Splitter::remapBody(Function &F) {
  for (BasicBlock &BB : F)
    for (Instruction &I : BB) {
      remap(I);
      // It has lost what it listed.
      if (isa<CallBase>(I) && I.hasMetadata(LLVMContext::MD_callees))
        I.setMetadata(LLVMContext::MD_callees, nullptr);
    }
}

/// Makes the shard's part of a list of symbols.
void Splitter::addList(StringRef Name) {
  GlobalVariable *Old = G.M.getNamedGlobal(Name);
  if (!Old || !Old->hasInitializer())
    return;
  SmallVector<Constant *, 16> Entries;
  for (const Use &Entry : Old->getInitializer()->operands()) {
    GlobalValue *GV = getListed(Entry);
    // Constructors are in shard 0, or where their associated data is.
    if (const auto *Struct = dyn_cast<ConstantStruct>(Entry))
      GV = Struct->getNumOperands() > 2 ? getListed(Struct->getOperand(2))
                                        : nullptr;
    const Definition *D = GV ? G.find(GV) : nullptr;
    if (Shard == (D && !D->IsReplicated ? D->Shard : 0))
      Entries.push_back(cast<Constant>(Mapper.mapValue(*Entry)));
  }
  if (Entries.empty())
    return;
  auto *Type = ArrayType::get(Entries[0]->getType(), Entries.size());
  auto *New = new GlobalVariable(
      *M, Type, Old->isConstant(), GlobalValue::AppendingLinkage,
      ConstantArray::get(Type, Entries), Name, nullptr,
      Old->getThreadLocalMode(), Old->getAddressSpace());
  New->copyAttributesFrom(Old);
}

void Splitter::addNamedMetadata(ArrayRef<DICompileUnit *> OwnUnits) {
  MetadataFinder Finder;
  for (NamedMDNode &Old : G.M.named_metadata()) {
    StringRef Name = Old.getName();
    bool IsInEach = Name == "llvm.module.flags" || Name == "llvm.ident";
    if (Name == "llvm.dbg.cu" || Name.starts_with("pkgimg.") ||
        (Shard != 0 && !IsInEach))
      continue;
    NamedMDNode *New = M->getOrInsertNamedMetadata(Name);
    for (MDNode *Node : Old.operands()) {
      New->addOperand(Node);
      Finder.add(Node);
    }
  }
  if (Units.getUnits().empty())
    return;
  for (const DICompileUnit *Unit : OwnUnits)
    Finder.add(Unit);
  for (const GlobalVariable &GV : M->globals())
    Finder.add(GV);
  for (const Function &F : *M) {
    Finder.add(F);
    for (const BasicBlock &BB : F)
      for (const Instruction &I : BB)
        Finder.add(I);
  }
  for (DICompileUnit *Unit : Units.getUnits())
    if (Finder.contains(Unit))
      M->getOrInsertNamedMetadata("llvm.dbg.cu")->addOperand(Unit);
}

void Splitter::write(unsigned Number, SmallVectorImpl<char> &Bytes) {
  Shard = Number;
  prepareModule();
  const ShardGuests &Guest = Guests[Shard];
  // In the order of the module, whatever the reason for which they are here.
  SmallVector<unsigned, 0> Members(Own[Shard].begin(), Own[Shard].end());
  llvm::append_range(Members, Guest.Copies);
  llvm::append_range(Members, Guest.Imports);
  llvm::sort(Members);
  for (unsigned I : Members)
    take(I, G.Defs[I].Shard == Shard && !G.Defs[I].IsReplicated,
         Guest.Imports.contains(I));
  for (unsigned I : Members) {
    remap(*G.Defs[I].GV);
    if (auto *F = dyn_cast<Function>(G.Defs[I].GV))
      remapBody(*F);
    if (Constant *Target = Associated.lookup(G.Defs[I].GV);
        Target && G.Defs[I].Shard == Shard)
      cast<GlobalObject>(G.Defs[I].GV)
          ->setMetadata(LLVMContext::MD_associated,
                        MDNode::get(M->getContext(),
                                    ConstantAsMetadata::get(cast<Constant>(
                                        Mapper.mapValue(*Target)))));
  }
  for (StringRef Name : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors",
                         "llvm.global_dtors"})
    addList(Name);
  addNamedMetadata(Units.apply(Shard));

  writeBitcode(*M, Bytes);

  for (auto [Op, Old] : reverse(Undo))
    Op->set(Old);
  Undo.clear();
  for (const Moved &Old : Taken)
    putBack(Old);
  Taken.clear();
  Map.clear();
  M.reset();
}

std::vector<SmallVector<char, 0>>
shards::writeShards(ModuleGraph &G, ArrayRef<ShardGuests> Guests) {
  std::vector<SmallVector<char, 0>> Result(Guests.size());
  if (Result.size() == 1) {
    // The module is the shard, but for what no shard has.
    for (NamedMDNode &Node : make_early_inc_range(G.M.named_metadata()))
      if (Node.getName().starts_with("pkgimg."))
        Node.eraseFromParent();
    if (GlobalVariable *List = G.M.getNamedGlobal("llvm.global.annotations"))
      List->eraseFromParent();
    writeBitcode(G.M, Result[0]);
    return Result;
  }
  Splitter S(G, Guests);
  for (auto [Shard, Bytes] : enumerate(Result))
    S.write(Shard, Bytes);
  return Result;
}
