//===- MultiVersioning.cpp - Clone functions for CPU targets --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/MultiVersioning.h"
#include "MultiVersioningImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::mv;

static constexpr StringLiteral TargetsName = "pkgimg.mv.targets";
static constexpr StringLiteral FunctionsName = "pkgimg.mv.functions";
static constexpr StringLiteral SlotsName = "pkgimg.mv.slots";

//===----------------------------------------------------------------------===//
// State and result
//===----------------------------------------------------------------------===//

ModuleState::ModuleState(Module &M, ArrayRef<MVTarget> Targets,
                         const MVOptions &Options)
    : M(M), Targets(Targets), Options(Options), TheTriple(M.getTargetTriple()) {
  for (const MVTarget &T : Targets) {
    StringSet<> &Set = Features.emplace_back();
    for (const std::string &Feature : T.Features)
      Set.insert(Feature);
  }
}

FunctionState *ModuleState::find(const Value *V) {
  const auto *F = dyn_cast<Function>(V);
  auto Found = F ? Index.find(F) : Index.end();
  return Found == Index.end() ? nullptr : &Functions[Found->second];
}

/// f@Target from the clones of f, by target.
static Function *getCodeOf(Function *Original, ArrayRef<Function *> Clones,
                           ArrayRef<MVTarget> Targets, unsigned Target) {
  if (Target && Clones[Target])
    return Clones[Target];
  if (Target && !Targets[Target].CloneAll)
    return getCodeOf(Original, Clones, Targets, Targets[Target].Base);
  return Original;
}

Function *ModuleState::getCode(const FunctionState &S, unsigned Target) const {
  return getCodeOf(S.F, S.Versions, Targets, Target);
}

const MVFunction *MVResult::find(const Function *F) const {
  auto Found = Index.find(F);
  return Found == Index.end() ? nullptr : &Functions[Found->second];
}

Function *MVResult::getCode(Function *F, unsigned Target) const {
  const MVFunction *MF = find(F);
  return MF ? getCodeOf(F, MF->Clones, Targets, Target) : F;
}

std::string pkgimg::getCloneReasonNames(uint16_t Reasons) {
  static const char *const Names[] = {
      "loop", "simd",   "math",          "float16",     "bfloat16", "cpu",
      "path", "inline", "always_inline", "vector_call", "clone_all"};
  std::string Result;
  for (auto [Bit, Name] : enumerate(Names))
    if (Reasons & 1u << Bit)
      Result += (Result.empty() ? "" : ",") + std::string(Name);
  return Result;
}

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

static Error metadataError(StringRef Name, unsigned Node,
                           const Twine &Expected) {
  return createStringError(std::errc::invalid_argument,
                           "metadata '!%s', node %u: expected %s",
                           Name.str().c_str(), Node, Expected.str().c_str());
}

static Error checkTargets(ArrayRef<MVTarget> Targets) {
  if (Targets.empty())
    return createStringError(std::errc::invalid_argument,
                             "no CPU target to make code for");
  for (unsigned I = 1, E = Targets.size(); I != E; ++I) {
    unsigned Base = Targets[I].Base;
    if (Targets[I].CloneAll || (Base < I && (!Base || Targets[Base].CloneAll)))
      continue;
    return createStringError(
        std::errc::invalid_argument,
        "CPU target %u ('%s'): expected as base target 0 or a clone_all target "
        "before it, found target %u%s",
        I, Targets[I].CPU.c_str(), Base,
        Base < I ? "; give that one clone_all" : "");
  }
  return Error::success();
}

static void writeMetadata(const ModuleState &S) {
  LLVMContext &Context = S.M.getContext();
  auto I = [&](unsigned Bits, uint64_t Value) -> Metadata * {
    return ConstantAsMetadata::get(
        ConstantInt::get(IntegerType::get(Context, Bits), Value));
  };
  auto Str = [&](StringRef Text) -> Metadata * {
    return MDString::get(Context, Text);
  };
  auto F = [&](Function *Value) -> Metadata * {
    return Value ? ConstantAsMetadata::get(Value) : nullptr;
  };

  NamedMDNode *Targets = S.M.getOrInsertNamedMetadata(TargetsName);
  Targets->clearOperands();
  for (const MVTarget &T : S.Targets)
    Targets->addOperand(MDNode::get(
        Context,
        {Str(T.CPU), Str(T.FeatureString), Str(join(T.Features, ",")),
         I(32, T.CloneAll | T.OptSize << 1 | T.MinSize << 2), I(32, T.Base)}));
  NamedMDNode *Functions = S.M.getOrInsertNamedMetadata(FunctionsName);
  for (const FunctionState &FS : S.Functions) {
    if (!FS.isCloned())
      continue;
    SmallVector<Metadata *, 8> Ops;
    for (Function *Version : FS.Versions)
      Ops.push_back(F(Version));
    // Two functions never have the same node: the first operand differs.
    Functions->addOperand(MDNode::get(Context, Ops));
  }
  NamedMDNode *Slots = S.M.getOrInsertNamedMetadata(SlotsName);
  for (const MVSlot &Slot : S.Slots)
    Slots->addOperand(MDNode::get(
        Context, {F(Slot.Original), ConstantAsMetadata::get(Slot.Global),
                  I(64, Slot.Offset)}));
}

static const ConstantInt *getInt(const MDNode &Node, unsigned I) {
  return mdconst::dyn_extract_or_null<ConstantInt>(Node.getOperand(I));
}

/// Sets \p Value to what operand \p I is, null if it has become null; returns
/// whether it is one or the other.
template <typename T>
static bool getGlobal(const MDNode &Node, unsigned I, T *&Value) {
  Metadata *MD = Node.getOperand(I);
  Value = mdconst::dyn_extract_or_null<T>(MD);
  return !MD || Value;
}

Expected<std::vector<MVTarget>>
pkgimg::readMultiVersioningTargets(const Module &M) {
  std::vector<MVTarget> Result;
  const NamedMDNode *Targets = M.getNamedMetadata(TargetsName);
  if (!Targets)
    return Result;
  for (auto [Number, Node] : enumerate(Targets->operands())) {
    const MDString *Strings[3] = {};
    if (Node->getNumOperands() == 5)
      for (unsigned I = 0; I != 3; ++I)
        Strings[I] = dyn_cast_or_null<MDString>(Node->getOperand(I));
    if (!all_of(Strings, [](const MDString *S) { return S != nullptr; }) ||
        !getInt(*Node, 3) || !getInt(*Node, 4))
      return metadataError(TargetsName, Number,
                           "CPU, feature string, features (strings), flags and "
                           "base (integers)");
    MVTarget &T = Result.emplace_back();
    T.CPU = Strings[0]->getString();
    T.FeatureString = Strings[1]->getString();
    SmallVector<StringRef, 32> Features;
    Strings[2]->getString().split(Features, ',', /*MaxSplit=*/-1,
                                  /*KeepEmpty=*/false);
    T.Features.assign(Features.begin(), Features.end());
    uint64_t Flags = getInt(*Node, 3)->getLimitedValue();
    if (Flags > 7)
      return metadataError(TargetsName, Number,
                           "flags of at most 7, found " + Twine(Flags));
    T.CloneAll = Flags & 1;
    T.OptSize = Flags & 2;
    T.MinSize = Flags & 4;
    T.Base = getInt(*Node, 4)->getLimitedValue(UINT32_MAX);
  }
  return Result;
}

Expected<MVResult> pkgimg::readMultiVersioning(Module &M) {
  MVResult Result;
  Expected<std::vector<MVTarget>> Targets = readMultiVersioningTargets(M);
  if (!Targets)
    return Targets.takeError();
  Result.Targets = std::move(*Targets);
  const NamedMDNode *Functions = M.getNamedMetadata(FunctionsName);
  if (!Functions)
    return MVResult();
  if (Error E = checkTargets(Result.Targets))
    return std::move(E);

  unsigned NumTargets = Result.Targets.size();
  SmallPtrSet<const Function *, 32> Clones;
  for (auto [Number, Node] : enumerate(Functions->operands())) {
    if (Node->getNumOperands() != NumTargets)
      return metadataError(FunctionsName, Number,
                           "an original and " + Twine(NumTargets - 1) +
                               " clones or null, found " +
                               Twine(Node->getNumOperands()) + " operands");
    MVFunction MF;
    MF.Clones.resize(NumTargets);
    MF.Reasons.resize(NumTargets);
    for (unsigned T = 0; T != NumTargets; ++T) {
      if (!getGlobal(*Node, T, MF.Clones[T]))
        return metadataError(FunctionsName, Number, "functions or null");
      if (T)
        Clones.insert(MF.Clones[T]);
    }
    MF.Original = MF.Clones[0];
    MF.Clones[0] = nullptr;
    if (!MF.Original)
      continue;
    MF.Size = MF.Original->getInstructionCount();
    Result.Index[MF.Original] = Result.Functions.size();
    Result.Functions.push_back(std::move(MF));
  }
  if (const NamedMDNode *Slots = M.getNamedMetadata(SlotsName))
    for (auto [Number, Node] : enumerate(Slots->operands())) {
      MVSlot Slot;
      if (Node->getNumOperands() != 3 || !getGlobal(*Node, 0, Slot.Original) ||
          !getGlobal(*Node, 1, Slot.Global) || !getInt(*Node, 2))
        return metadataError(SlotsName, Number,
                             "function, variable and offset (an integer)");
      Slot.Offset = getInt(*Node, 2)->getLimitedValue();
      if (Slot.Original && Slot.Global)
        Result.Slots.push_back(Slot);
    }
  for (const Function &F : M)
    if (!F.isDeclaration() && !Clones.contains(&F)) {
      ++Result.NumFunctions;
      Result.NumInstructions += F.getInstructionCount();
    }
  return Result;
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

static void emitRemarks(ModuleState &S, const MVResult &Result) {
  for (const MVFunction &MF : Result.Functions)
    OptimizationRemarkEmitter(MF.Original).emit([&] {
      OptimizationRemark R(PassName, "Cloned", MF.Original);
      R << "'" << ore::NV("Function", MF.Original) << "' cloned for";
      bool IsFirst = true;
      for (unsigned T = 1, E = MF.Reasons.size(); T != E; ++T) {
        if (!MF.Reasons[T])
          continue;
        R << (IsFirst ? " target " : "; target ") << ore::NV("Target", T)
          << " (" << ore::NV("CPU", Result.Targets[T].CPU)
          << "): " << ore::NV("Reasons", getCloneReasonNames(MF.Reasons[T]));
        IsFirst = false;
      }
      return R;
    });
  for (const MVNotCloned &N : Result.NotCloned)
    OptimizationRemarkEmitter(N.F).emit([&] {
      return OptimizationRemarkMissed(PassName, "NotCloned", N.F)
             << "'" << ore::NV("Function", N.F)
             << "' not cloned: " << ore::NV("Why", N.Why);
    });
  for (const FunctionState &FS : S.Functions)
    for (const Function *Query : FS.Queries) {
      StringRef Feature = getQueriedFeature(Query->getName());
      if (Feature.empty() || any_of(S.Features, [&](const StringSet<> &Set) {
            return Set.contains(Feature);
          }))
        continue;
      OptimizationRemarkEmitter(FS.F).emit([&] {
        return OptimizationRemarkAnalysis(PassName, "UnknownFeature", FS.F)
               << "'" << ore::NV("Function", FS.F) << "' asks for feature '"
               << ore::NV("Feature", Feature) << "', which no target has";
      });
    }
}

void pkgimg::printClones(raw_ostream &OS, const MVResult &Result) {
  auto Name = [](const Function *F) {
    return F->hasName() ? F->getName().str() : std::string("<unnamed>");
  };
  size_t Width = strlen("function");
  for (const MVFunction &MF : Result.Functions)
    Width = std::max(Width, Name(MF.Original).size());
  auto TargetName = [&](unsigned T) {
    return utostr(T) + " " + Result.Targets[T].CPU;
  };
  size_t TargetWidth = strlen("target"), ReasonWidth = strlen("reason");
  for (unsigned T = 0, E = Result.Targets.size(); T != E; ++T)
    TargetWidth = std::max(TargetWidth, TargetName(T).size());
  for (const MVFunction &MF : Result.Functions)
    for (uint16_t Reasons : MF.Reasons)
      ReasonWidth = std::max(ReasonWidth, getCloneReasonNames(Reasons).size());

  OS << left_justify("function", Width) << "  "
     << left_justify("target", TargetWidth) << "  "
     << left_justify("reason", ReasonWidth) << "  size\n";
  std::vector<unsigned> Counts(Result.Targets.size());
  std::vector<uint64_t> Sizes(Result.Targets.size());
  for (const MVFunction &MF : Result.Functions)
    for (unsigned T = 1, E = MF.Clones.size(); T != E; ++T) {
      if (!MF.Clones[T])
        continue;
      ++Counts[T];
      Sizes[T] += MF.Size;
      OS << left_justify(Name(MF.Original), Width) << "  "
         << left_justify(TargetName(T), TargetWidth) << "  "
         << left_justify(getCloneReasonNames(MF.Reasons[T]), ReasonWidth)
         << "  " << format_decimal(MF.Size, 4) << "\n";
    }
  for (const MVNotCloned &N : Result.NotCloned)
    OS << Name(N.F) << ": not cloned: " << N.Why << "\n";
  for (unsigned T = 1, E = Result.Targets.size(); T != E; ++T)
    OS << "target " << TargetName(T) << ": " << Counts[T] << " of "
       << Result.NumFunctions << " functions, " << Sizes[T] << " of "
       << Result.NumInstructions << " instructions\n";
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Takes the clones back from what cannot be cloned, and notes what these are.
static void dropObstructed(ModuleState &S, MVResult &Result) {
  for (FunctionState &FS : S.Functions) {
    if (FS.canClone())
      continue;
    if (FS.isCloned())
      Result.NotCloned.push_back({FS.F, FS.NotCloned});
    FS.Reasons.assign(S.Targets.size(), CR_None);
  }
}

/// Returns what the queries of all functions depend on, by name.
static std::vector<std::string> getQueriedFeatures(const ModuleState &S) {
  std::set<std::string> Names;
  for (const FunctionState &FS : S.Functions)
    for (const Function *Query : FS.Queries) {
      if (StringRef Feature = getQueriedFeature(Query->getName());
          !Feature.empty())
        Names.insert(Feature.str());
      else // What answerQuery() looks at for julia.cpu.have_fma.*.
        Names.insert({"fma", "fma4", "avx512fp16", "fullfp16", "vfp4", "vfp4sp",
                      "vfp4d16", "vfp4d16sp", "f", "d", "zfh"});
    }
  return {Names.begin(), Names.end()};
}

Expected<MVResult> pkgimg::multiVersion(Module &M, ArrayRef<MVTarget> Targets,
                                        const MVOptions &Options) {
  if (M.getNamedMetadata(FunctionsName))
    return readMultiVersioning(M);
  if (Error E = checkTargets(Targets))
    return std::move(E);

  ModuleState S(M, Targets, Options);
  if (Error E = analyze(S))
    return std::move(E);
  closeOverCalls(S);

  MVResult Result;
  Result.Targets = Targets.vec();
  dropObstructed(S, Result);
  for (FunctionState &FS : S.Functions) {
    ++Result.NumFunctions;
    Result.NumInstructions += FS.Size;
    if (!FS.isCloned())
      continue;
    Result.Index[FS.F] = Result.Functions.size();
    MVFunction &MF = Result.Functions.emplace_back();
    MF.Original = FS.F;
    MF.Reasons = FS.Reasons;
    MF.Size = FS.Size;
  }
  emitRemarks(S, Result);
  Result.Queried = getQueriedFeatures(S);

  auto Forwarders = createVersions(S);
  foldQueries(S);
  rewriteReferences(S, Forwarders);
  setLinkage(S);
  setTargetAttributes(S);
  writeMetadata(S);
  for (MVFunction &MF : Result.Functions) {
    MF.Clones = S.find(MF.Original)->Versions;
    MF.Clones[0] = nullptr;
  }
  Result.Slots = std::move(S.Slots);
  if (Options.PrintClones)
    printClones(*Options.PrintClones, Result);
  return Result;
}

PreservedAnalyses MultiVersioningPass::run(Module &M, ModuleAnalysisManager &) {
  auto Fail = [&](Error E) {
    M.getContext().emitError(Twine(PassName) + ": " + toString(std::move(E)));
    return PreservedAnalyses::all();
  };
  std::vector<MVTarget> Chosen = Targets;
  if (Chosen.empty()) {
    Expected<std::vector<MVTarget>> Read = readMultiVersioningTargets(M);
    if (!Read)
      return Fail(Read.takeError());
    Chosen = std::move(*Read);
    if (Chosen.empty())
      return PreservedAnalyses::all();
  }
  if (Expected<MVResult> Result = multiVersion(M, Chosen, Options); !Result)
    return Fail(Result.takeError());
  return PreservedAnalyses::none();
}
