//===- CloneReasons.cpp - What a function could gain from a clone ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MultiVersioningImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/GlobalIFunc.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::mv;

static constexpr StringLiteral SupportsPrefix = "pkgimg.cpu.supports.";
static constexpr StringLiteral FMAPrefix = "julia.cpu.have_fma.";

//===----------------------------------------------------------------------===//
// Features
//===----------------------------------------------------------------------===//

namespace {
/// What a new feature makes worth a clone.
struct FeatureGains {
  ArrayRef<StringLiteral> Exact;
  ArrayRef<StringLiteral> Prefixes;

  bool has(StringRef Feature) const {
    return is_contained(Exact, Feature) || any_of(Prefixes, [&](StringRef P) {
             return Feature.starts_with(P);
           });
  }
};
} // namespace

// The extensions that LLVM's lowering and vectorisers use without being asked
// by an intrinsic: an AES unit, say, is not among them.
static FeatureGains getVectorGains(const Triple &T) {
  static const StringLiteral X86[] = {"sse3",   "ssse3", "sse4.1",
                                      "sse4.2", "sse4a", "xop",
                                      "avx",    "avx2",  "gfni"};
  static const StringLiteral X86Prefixes[] = {"avx512", "avx10", "avxvnni",
                                              "avxifma"};
  static const StringLiteral AArch64[] = {"neon", "dotprod",   "i8mm",
                                          "rdm",  "complxnum", "fullfp16"};
  static const StringLiteral AArch64Prefixes[] = {"sve"};
  static const StringLiteral ARM[] = {"neon", "dotprod", "i8mm", "fullfp16"};
  static const StringLiteral ARMPrefixes[] = {"mve"};
  static const StringLiteral RISCV[] = {"v"};
  static const StringLiteral RISCVPrefixes[] = {"zv"};
  static const StringLiteral PPC[] = {"altivec", "vsx", "power8-vector",
                                      "power9-vector", "power10-vector"};
  static const StringLiteral SystemZ[] = {"vector"};
  static const StringLiteral SystemZPrefixes[] = {"vector-enhancements-"};
  static const StringLiteral LoongArch[] = {"lsx", "lasx"};
  if (T.isX86())
    return {X86, X86Prefixes};
  if (T.isAArch64())
    return {AArch64, AArch64Prefixes};
  if (T.isARM() || T.isThumb())
    return {ARM, ARMPrefixes};
  if (T.isRISCV())
    return {RISCV, RISCVPrefixes};
  if (T.isPPC())
    return {PPC, {}};
  if (T.isSystemZ())
    return {SystemZ, SystemZPrefixes};
  if (T.isLoongArch())
    return {LoongArch, {}};
  return {};
}

// AArch64, PowerPC and SystemZ have had fused multiply-add from the start.
static FeatureGains getFMAGains(const Triple &T) {
  static const StringLiteral X86[] = {"fma", "fma4"};
  static const StringLiteral ARM[] = {"vfp4", "vfp4sp", "vfp4d16", "vfp4d16sp"};
  static const StringLiteral RISCV[] = {"f", "d", "zfinx", "zdinx"};
  static const StringLiteral LoongArch[] = {"f", "d"};
  if (T.isX86())
    return {X86, {}};
  if (T.isARM() || T.isThumb())
    return {ARM, {}};
  if (T.isRISCV())
    return {RISCV, {}};
  if (T.isLoongArch())
    return {LoongArch, {}};
  return {};
}

// F16C, Zfhmin and the like only convert, which is half of all that code
// without half arithmetic does.
static FeatureGains getHalfGains(const Triple &T) {
  static const StringLiteral X86[] = {"f16c", "avx512fp16"};
  static const StringLiteral X86Prefixes[] = {"avx10.2"};
  static const StringLiteral Arm[] = {"fullfp16", "fp16"};
  static const StringLiteral RISCV[] = {"zfh",      "zfhmin",  "zhinx",
                                        "zhinxmin", "zvfhmin", "zvfh"};
  if (T.isX86())
    return {X86, X86Prefixes};
  if (T.isAArch64() || T.isARM() || T.isThumb())
    return {Arm, {}};
  if (T.isRISCV())
    return {RISCV, {}};
  return {};
}

static FeatureGains getBFloatGains(const Triple &T) {
  static const StringLiteral X86[] = {"avx512bf16", "avxneconvert"};
  static const StringLiteral X86Prefixes[] = {"avx10.2"};
  static const StringLiteral Arm[] = {"bf16"};
  static const StringLiteral RISCV[] = {"zfbfmin", "zvfbfmin", "zvfbfwma"};
  if (T.isX86())
    return {X86, X86Prefixes};
  if (T.isAArch64() || T.isARM() || T.isThumb())
    return {Arm, {}};
  if (T.isRISCV())
    return {RISCV, {}};
  return {};
}

/// The reasons that \p Target can serve, by the features that are new in it.
static uint16_t getServedReasons(const ModuleState &S, unsigned Target) {
  const StringSet<> &Base = S.Features[S.Targets[Target].Base];
  FeatureGains Vector = getVectorGains(S.TheTriple);
  FeatureGains FMA = getFMAGains(S.TheTriple);
  FeatureGains Half = getHalfGains(S.TheTriple);
  FeatureGains BFloat = getBFloatGains(S.TheTriple);
  auto HasFMA = [&](const StringSet<> &Features) {
    return any_of(FMA.Exact, [&](StringRef F) { return Features.contains(F); });
  };

  uint16_t Served = CR_None;
  for (const auto &Entry : S.Features[Target]) {
    StringRef Feature = Entry.getKey();
    if (Base.contains(Feature))
      continue;
    Served |= CR_Loop;
    if (Vector.has(Feature))
      Served |= CR_SIMD;
    // AMD's FMA4 is no gain over a base with FMA3: what counts is having one.
    // Others add it by precision, one feature after the other.
    if (FMA.has(Feature) && !(S.TheTriple.isX86() && HasFMA(Base)))
      Served |= CR_Math;
    if (Half.has(Feature))
      Served |= CR_Float16;
    if (BFloat.has(Feature))
      Served |= CR_BFloat16;
  }
  return Served;
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

bool mv::isQuery(const Function &F) {
  return F.getName().starts_with(SupportsPrefix) ||
         F.getName().starts_with(FMAPrefix);
}

StringRef mv::getQueriedFeature(StringRef Name) {
  return Name.consume_front(SupportsPrefix) ? Name : StringRef();
}

bool mv::answerQuery(StringRef Name, const StringSet<> &Features,
                     const Triple &T) {
  if (Name.consume_front(SupportsPrefix))
    return Features.contains(Name);
  Name.consume_front(FMAPrefix);
  bool Float = Name == "f32", Double = Name == "f64", Half = Name == "f16";
  if (T.isX86())
    return Half ? Features.contains("avx512fp16")
                : (Float || Double) &&
                      (Features.contains("fma") || Features.contains("fma4"));
  if (T.isAArch64())
    return Float || Double || (Half && Features.contains("fullfp16"));
  if (T.isARM() || T.isThumb())
    return Half ? Features.contains("fullfp16")
                : (Float && (Features.contains("vfp4sp") ||
                             Features.contains("vfp4d16sp"))) ||
                      ((Float || Double) && (Features.contains("vfp4") ||
                                             Features.contains("vfp4d16")));
  if (T.isRISCV() || T.isLoongArch())
    return (Float && Features.contains("f")) ||
           (Double && Features.contains("d")) ||
           (Half && Features.contains("zfh"));
  return (T.isPPC() || T.isSystemZ()) && (Float || Double);
}

static Error checkQuery(const Function &F) {
  auto Fail = [&](const Twine &Found) {
    return createStringError(std::errc::invalid_argument,
                             "CPU query '%s': expected a declaration 'declare "
                             "i1 @%s()' that is only "
                             "called, found %s",
                             F.getName().str().c_str(),
                             F.getName().str().c_str(), Found.str().c_str());
  };
  if (!F.isDeclaration())
    return Fail("a definition");
  std::string Type;
  raw_string_ostream OS(Type);
  F.getFunctionType()->print(OS);
  if (!F.getReturnType()->isIntegerTy(1) || F.arg_size() || F.isVarArg())
    return Fail("the type '" + Type + "'");
  if (F.getName() == SupportsPrefix)
    return Fail("no feature in its name");
  for (const Use &U : F.uses()) {
    const auto *CB = dyn_cast<CallBase>(U.getUser());
    if (CB && CB->isCallee(&U) && CB->getFunctionType() == F.getFunctionType())
      continue;
    const auto *I = dyn_cast<Instruction>(U.getUser());
    return Fail(I ? "another use in function '" + I->getFunction()->getName() +
                        "'"
                  : Twine("a use in a constant"));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Function *mv::resolveCallee(Value *Callee) {
  Callee = Callee->stripPointerCasts();
  while (auto *A = dyn_cast<GlobalAlias>(Callee)) {
    if (A->isInterposable())
      return nullptr;
    Callee = A->getAliasee()->stripPointerCasts();
  }
  return dyn_cast<Function>(Callee);
}

static bool isFeatureDependent(Type *Ty, const Triple &T) {
  if (auto *AT = dyn_cast<ArrayType>(Ty))
    return isFeatureDependent(AT->getElementType(), T);
  if (auto *ST = dyn_cast<StructType>(Ty))
    return any_of(ST->elements(),
                  [&](Type *E) { return isFeatureDependent(E, T); });
  auto *VT = dyn_cast<VectorType>(Ty);
  if (!VT)
    return false;
  if (isa<ScalableVectorType>(VT))
    return true;
  // AAPCS64 passes vectors in the low halves of the vector registers, which
  // every AArch64 processor of an operating system has, and larger ones in
  // memory or parts, with SVE as without.
  if (T.isAArch64())
    return false;
  if (T.getArch() != Triple::x86_64)
    return true;
  Type *Element = VT->getElementType();
  unsigned Bits = Element->isPointerTy() ? 64 : Element->getScalarSizeInBits();
  uint64_t Total = uint64_t(Bits) * cast<FixedVectorType>(VT)->getNumElements();
  return Element->isHalfTy() || Element->isBFloatTy() || Bits % 8 ||
         Total > 128;
}

bool mv::hasFeatureDependentABI(const FunctionType *Type, const Triple &T) {
  return isFeatureDependent(Type->getReturnType(), T) ||
         any_of(Type->params(),
                [&](llvm::Type *P) { return isFeatureDependent(P, T); });
}

static bool isVectorOrAggregate(const CallBase &CB) {
  auto Is = [](Type *Ty) { return Ty->isVectorTy() || Ty->isAggregateType(); };
  return Is(CB.getType()) ||
         any_of(CB.args(), [&](const Use &A) { return Is(A->getType()); });
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// The CR_SIMD, CR_Float16 and CR_BFloat16 that a value of type \p Ty gives.
static uint16_t getTypeFacts(Type *Ty, DenseMap<Type *, uint16_t> &Known) {
  if (!Ty->isVectorTy() && !Ty->isAggregateType())
    return Ty->isHalfTy() ? CR_Float16 : Ty->isBFloatTy() ? CR_BFloat16 : 0;
  auto Found = Known.find(Ty);
  if (Found != Known.end())
    return Found->second;
  uint16_t Facts = Ty->isVectorTy() ? CR_SIMD : 0;
  for (Type *Inner : Ty->subtypes())
    Facts |= getTypeFacts(Inner, Known);
  Known[Ty] = Facts;
  return Facts;
}

/// A statement of assembly that begins with "name:". Numbers, which may be
/// defined again, and names with the unique `${:uid}` are no obstacle.
static bool definesLabel(StringRef Asm) {
  SmallVector<StringRef, 8> Statements;
  SplitString(Asm, Statements, "\n;");
  for (StringRef Statement : Statements) {
    size_t Colon = Statement.find(':');
    if (Colon == StringRef::npos)
      continue;
    StringRef Name = Statement.take_front(Colon).trim();
    if (Name.empty() || isDigit(Name[0]))
      continue;
    if (all_of(Name, [](char C) {
          return isAlnum(C) || C == '_' || C == '.' || C == '$';
        }))
      return true;
  }
  return false;
}

/// Whether the code generator makes nothing, or next to nothing, of \p I once
/// stack variables are in registers.
static bool isFree(const Instruction &I) {
  if (I.isDebugOrPseudoInst() || I.isLifetimeStartOrEnd() ||
      isa<AllocaInst, PHINode, CastInst, AssumeInst>(I))
    return true;
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return isa<AllocaInst>(Load->getPointerOperand());
  if (const auto *Store = dyn_cast<StoreInst>(&I))
    return isa<AllocaInst>(Store->getPointerOperand());
  const auto *Branch = dyn_cast<BranchInst>(&I);
  return Branch && Branch->isUnconditional();
}

/// Whether every use of \p C is an entry in the list of constructors or that of
/// destructors.
static bool isInStructorListsAlone(const Constant &C) {
  return all_of(C.users(), [](const User *U) {
    if (const auto *G = dyn_cast<GlobalVariable>(U))
      return G->getName() == "llvm.global_ctors" ||
             G->getName() == "llvm.global_dtors";
    const auto *Aggregate = dyn_cast<ConstantAggregate>(U);
    return Aggregate && isInStructorListsAlone(*Aggregate);
  });
}

static std::string getAttributeObstacle(const Function &F) {
  if (F.hasFnAttribute("pkgimg-no-clone"))
    return "it has the attribute \"pkgimg-no-clone\"";
  if (F.hasOptNone())
    return "it is marked optnone";
  if (F.hasFnAttribute(Attribute::Naked))
    return "it is marked naked";
  if (F.isInterposable())
    return "the linker may replace it";
  if (F.hasLocalLinkage() && !F.use_empty() && isInStructorListsAlone(F))
    return "it is a constructor or destructor, which run the original";
  return "";
}

static void analyzeCode(ModuleState &S, FunctionState &FS,
                        DenseMap<Type *, uint16_t> &KnownTypes) {
  Function &F = *FS.F;
  std::string &Why = FS.NotCloned;
  Why = getAttributeObstacle(F);
  auto Obstacle = [&](const char *Text) {
    if (Why.empty())
      Why = Text;
  };
  for (const Argument &A : F.args())
    FS.Facts |= getTypeFacts(A.getType(), KnownTypes);
  FS.Facts |= getTypeFacts(F.getReturnType(), KnownTypes);

  unsigned Cost = 0;
  bool CallsItself = false;
  for (BasicBlock &BB : F) {
    if (BB.hasAddressTaken())
      Obstacle("the address of one of its blocks is taken");
    for (Instruction &I : BB) {
      if (I.isDebugOrPseudoInst())
        continue;
      ++FS.Size;
      Cost += !isFree(I);
      FS.Facts |= getTypeFacts(I.getType(), KnownTypes);
      for (const Use &Op : I.operands())
        FS.Facts |= getTypeFacts(Op->getType(), KnownTypes);
      if (isa<FPMathOperator>(I) && I.hasAllowContract())
        FS.Facts |= CR_Math;

      auto *CB = dyn_cast<CallBase>(&I);
      if (!CB)
        continue;
      if (CB->cannotDuplicate())
        Obstacle("it has a call that must not be duplicated");
      if (CB->isInlineAsm()) {
        if (definesLabel(
                cast<InlineAsm>(CB->getCalledOperand())->getAsmString()))
          Obstacle("its inline assembly defines a label");
        continue;
      }
      switch (CB->getIntrinsicID()) {
      case Intrinsic::fma:
      case Intrinsic::fmuladd:
      case Intrinsic::experimental_constrained_fma:
      case Intrinsic::experimental_constrained_fmuladd:
        FS.Facts |= CR_Math;
        continue;
      case Intrinsic::localescape:
      case Intrinsic::localrecover:
        Obstacle("its frame is shared with exception filters");
        continue;
      case Intrinsic::not_intrinsic:
        break;
      default:
        continue;
      }
      FS.HasComplexCalls |= isVectorOrAggregate(*CB);
      Function *Callee = resolveCallee(CB->getCalledOperand());
      if (!Callee)
        continue;
      CallsItself |= Callee == &F;
      if (isQuery(*Callee)) {
        FS.Facts |= CR_CPU;
        if (!is_contained(FS.Queries, Callee))
          FS.Queries.push_back(Callee);
      }
      if (FunctionState *CalleeState = S.find(Callee))
        FS.Calls.push_back(
            {unsigned(CalleeState - S.Functions.data()),
             hasFeatureDependentABI(CB->getFunctionType(), S.TheTriple)});
    }
  }
  // One edge per callee; a call with vectors makes it one with vectors.
  llvm::sort(FS.Calls, [](const CallEdge &A, const CallEdge &B) {
    return std::make_pair(A.Callee, !A.HasVectors) <
           std::make_pair(B.Callee, !B.HasVectors);
  });
  FS.Calls.erase(std::unique(FS.Calls.begin(), FS.Calls.end(),
                             [](const CallEdge &A, const CallEdge &B) {
                               return A.Callee == B.Callee;
                             }),
                 FS.Calls.end());
  DominatorTree DT(F);
  if (!LoopInfo(DT).empty())
    FS.Facts |= CR_Loop;

  FS.IsAlwaysInline = F.hasFnAttribute(Attribute::AlwaysInline);
  FS.IsCold = F.hasFnAttribute(Attribute::Cold);
  bool IsLocalWithOneCall = false;
  if (F.hasLocalLinkage() && F.hasOneUse())
    if (auto *CB = dyn_cast<CallBase>(F.use_begin()->getUser()))
      IsLocalWithOneCall = CB->isCallee(&*F.use_begin());
  unsigned Limit = S.Options.InlineLimit;
  if (F.hasFnAttribute(Attribute::InlineHint))
    Limit += Limit / 2;
  FS.IsInlineCandidate =
      !F.hasFnAttribute(Attribute::NoInline) && !F.isVarArg() &&
      (FS.IsAlwaysInline ||
       (!CallsItself && (IsLocalWithOneCall || Cost <= Limit)));
}

/// Calls with vectors join functions that must be cloned together; one that
/// cannot be keeps all of them from it.
static void spreadObstacles(ModuleState &S) {
  SmallVector<unsigned, 8> Work;
  for (unsigned I = 0, E = S.Functions.size(); I != E; ++I)
    if (!S.Functions[I].canClone())
      Work.push_back(I);
  while (!Work.empty()) {
    const FunctionState &From = S.Functions[Work.pop_back_val()];
    for (ArrayRef<CallEdge> Edges :
         {ArrayRef<CallEdge>(From.Calls), ArrayRef<CallEdge>(From.Callers)})
      for (const CallEdge &Edge : Edges) {
        FunctionState &To = S.Functions[Edge.Callee];
        if (!Edge.HasVectors || !To.canClone())
          continue;
        To.NotCloned = ("a call with vectors, which are passed differently "
                        "with other features, joins it to '" +
                        From.F->getName() + "', which cannot be cloned")
                           .str();
        Work.push_back(Edge.Callee);
      }
  }
}

Error mv::analyze(ModuleState &S) {
  for (const Function &F : S.M)
    if (isQuery(F))
      if (Error E = checkQuery(F))
        return E;

  for (Function &F : S.M) {
    if (F.isDeclaration() || F.hasAvailableExternallyLinkage())
      continue;
    S.Index[&F] = S.Functions.size();
    S.Functions.emplace_back().F = &F;
  }
  DenseMap<Type *, uint16_t> KnownTypes;
  for (FunctionState &FS : S.Functions)
    analyzeCode(S, FS, KnownTypes);
  for (const GlobalIFunc &I : S.M.ifuncs())
    if (FunctionState *FS =
            S.find(const_cast<Function *>(I.getResolverFunction())))
      if (FS->canClone())
        FS->NotCloned = "it resolves the ifunc '" + I.getName().str() + "'";
  for (unsigned I = 0, E = S.Functions.size(); I != E; ++I)
    for (const CallEdge &Edge : S.Functions[I].Calls)
      S.Functions[Edge.Callee].Callers.push_back({I, Edge.HasVectors});
  spreadObstacles(S);

  for (FunctionState &FS : S.Functions)
    FS.Reasons.assign(S.Targets.size(), CR_None);
  for (unsigned T = 1, E = S.Targets.size(); T != E; ++T) {
    if (S.isGroup(T)) {
      for (FunctionState &FS : S.Functions)
        FS.Reasons[T] = CR_CloneAll;
      continue;
    }
    uint16_t Served = getServedReasons(S, T);
    const StringSet<> &Base = S.Features[S.Targets[T].Base];
    for (FunctionState &FS : S.Functions) {
      FS.Reasons[T] = FS.Facts & Served;
      if (any_of(FS.Queries, [&](Function *Q) {
            return answerQuery(Q->getName(), S.Features[T], S.TheTriple) !=
                   answerQuery(Q->getName(), Base, S.TheTriple);
          }))
        FS.Reasons[T] |= CR_CPU;
    }
  }
  return Error::success();
}
