//===- CloneSlots.cpp - References to cloned functions --------------------===//
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
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::mv;

namespace {
class Rewriter {
public:
  explicit Rewriter(ModuleState &S) : S(S), DL(S.M.getDataLayout()) {}
  void rewriteCode(Function &F);
  void rewriteVariable(GlobalVariable &G);
  void writeForwarder(Function &Forwarder, FunctionState &To);

private:
  /// How an operand may be rewritten.
  enum class Reference { Original, SameTarget, Free };
  Reference classify(const Use &U, const FunctionState &To) const;
  Value *getCodeFor(const SmallBitVector &RunsFor, FunctionState &To) const;
  SmallBitVector getRunsFor(const Function &F) const;
  LoadInst *loadSlot(FunctionState &From, IRBuilderBase &B);
  GlobalVariable *getSlot(FunctionState &To);
  Function *getForwarder(FunctionState &To);

  bool canHoldSlots(const GlobalVariable &G) const;
  FunctionState *getSlotTarget(Constant *C, uint64_t Offset) const;
  bool namesCloned(const Constant *C);
  Constant *rewriteConstant(GlobalVariable &G, Constant *C, uint64_t Offset,
                            bool AllowSlots);

  ModuleState &S;
  const DataLayout &DL;
  DenseMap<const Constant *, bool> NamesCloned;
  /// The variable at hand has become one with slots.
  bool HasNewSlots = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// The targets for which \p F runs.
SmallBitVector Rewriter::getRunsFor(const Function &F) const {
  SmallBitVector Result(S.Targets.size());
  auto Found = S.Versions.find(&F);
  for (unsigned T = 0, E = S.Targets.size(); T != E; ++T)
    if (Found == S.Versions.end() ||
        S.getCode(S.Functions[Found->second.first], T) == &F)
      Result.set(T);
  return Result;
}

/// The one function that \p To is for all targets of \p RunsFor, or null.
Value *Rewriter::getCodeFor(const SmallBitVector &RunsFor,
                            FunctionState &To) const {
  Function *Code = nullptr;
  for (unsigned T : RunsFor.set_bits()) {
    Function *Next = S.getCode(To, T);
    if (Code && Code != Next)
      return nullptr;
    Code = Next;
  }
  return Code;
}

/// Whether the constraint of argument \p ArgNo of \p CB takes constants alone.
static bool isAsmImmediate(const CallBase &CB, unsigned ArgNo) {
  unsigned Next = 0;
  for (const InlineAsm::ConstraintInfo &Info :
       cast<InlineAsm>(CB.getCalledOperand())->ParseConstraints()) {
    // Labels and clobbers have no argument; outputs have one if in memory.
    if (!Info.hasArg())
      continue;
    if (Next++ != ArgNo)
      continue;
    return none_of(Info.Codes, [](StringRef Code) {
      return Code == "r" || Code == "m" || Code == "g" || Code == "q" ||
             Code == "Q" || Code == "l" || Code == "p" || Code == "o" ||
             Code == "V" || Code.starts_with("{");
    });
  }
  return false;
}

Rewriter::Reference Rewriter::classify(const Use &U,
                                       const FunctionState &To) const {
  const auto *I = cast<Instruction>(U.getUser());
  if (isa<LandingPadInst, FuncletPadInst>(I))
    return Reference::Original;
  const auto *CB = dyn_cast<CallBase>(I);
  if (!CB)
    return Reference::Free;
  if (CB->isCallee(&U))
    return To.IsAlwaysInline ||
                   hasFeatureDependentABI(CB->getFunctionType(), S.TheTriple)
               ? Reference::SameTarget
               : Reference::Free;
  if (CB->isBundleOperand(&U))
    return CB->getOperandBundleForOperand(U.getOperandNo()).getTagID() ==
                   LLVMContext::OB_clang_arc_attachedcall
               ? Reference::SameTarget
               : Reference::Free;
  if (CB->isInlineAsm())
    return isAsmImmediate(*CB, CB->getArgOperandNo(&U)) ? Reference::SameTarget
                                                        : Reference::Free;
  Intrinsic::ID ID = CB->getIntrinsicID();
  if (ID == Intrinsic::localrecover)
    return Reference::Original;
  if (ID == Intrinsic::init_trampoline ||
      (ID != Intrinsic::not_intrinsic &&
       Intrinsic::getBaseName(ID).starts_with("llvm.coro.")))
    return Reference::SameTarget;
  return Reference::Free;
}

GlobalVariable *Rewriter::getSlot(FunctionState &To) {
  if (!To.Slot) {
    To.Slot = new GlobalVariable(
        S.M, To.F->getType(), /*isConstant=*/false,
        GlobalValue::ExternalLinkage, To.F, To.F->getName() + ".reloc_slot",
        /*InsertBefore=*/nullptr, GlobalValue::NotThreadLocal,
        /*AddressSpace=*/std::nullopt, /*isExternallyInitialized=*/true);
    To.Slot->setVisibility(GlobalValue::HiddenVisibility);
    To.Slot->setDSOLocal(true);
    To.Slot->setAlignment(DL.getPointerABIAlignment(To.F->getAddressSpace()));
  }
  return To.Slot;
}

LoadInst *Rewriter::loadSlot(FunctionState &From, IRBuilderBase &B) {
  GlobalVariable *Slot = getSlot(From);
  LoadInst *Load = B.CreateAlignedLoad(Slot->getValueType(), Slot,
                                       Slot->getAlign(), "pkgimg.code");
  MDNode *Empty = MDNode::get(S.M.getContext(), {});
  // The loader writes before any code of the image runs, constructors apart,
  // which thus see originals. Functions marked as not reading memory stay
  // right, too.
  Load->setMetadata(LLVMContext::MD_invariant_load, Empty);
  Load->setMetadata(LLVMContext::MD_nonnull, Empty);
  Load->setMetadata(LLVMContext::MD_noundef, Empty);
  return Load;
}

void Rewriter::rewriteCode(Function &F) {
  SmallBitVector RunsFor = getRunsFor(F);
  unsigned Own = S.Versions.lookup(&F).second;
  DenseMap<FunctionState *, Value *> PhiLoads;
  for (BasicBlock &BB : F)
    for (Instruction &I : BB) {
      if (MDNode *Callees = I.getMetadata(LLVMContext::MD_callees))
        if (any_of(Callees->operands(), [&](const MDOperand &Op) {
              auto *C = mdconst::dyn_extract_or_null<Constant>(Op);
              FunctionState *FS = C ? S.find(C->stripPointerCasts()) : nullptr;
              return FS && FS->isCloned();
            }))
          I.setMetadata(LLVMContext::MD_callees, nullptr);

      for (Use &U : I.operands()) {
        FunctionState *To = S.find(U.get());
        if (!To || !To->isCloned())
          continue;
        Reference Kind = classify(U, *To);
        if (Kind == Reference::Original)
          continue;
        Value *Code = Kind == Reference::SameTarget ? S.getCode(*To, Own)
                                                    : getCodeFor(RunsFor, *To);
        if (!Code && isa<PHINode>(I)) {
          // The end of the incoming block may be no place for a load.
          Value *&Load = PhiLoads[To];
          if (!Load) {
            IRBuilder<> B(&*F.getEntryBlock().getFirstInsertionPt());
            B.SetCurrentDebugLocation(DebugLoc());
            Load = loadSlot(*To, B);
          }
          Code = Load;
        } else if (!Code) {
          IRBuilder<> B(&I);
          Code = loadSlot(*To, B);
        }
        U.set(Code);
      }
    }
}

//===----------------------------------------------------------------------===//
// Forwarders
//===----------------------------------------------------------------------===//

/// Whether arguments of \p F cannot be passed on but by a tail call.
static bool needsMustTail(const Function &F) {
  const AttributeList Attributes = F.getAttributes();
  return F.isVarArg() || Attributes.hasAttrSomewhere(Attribute::InAlloca) ||
         Attributes.hasAttrSomewhere(Attribute::Preallocated);
}

bool mv::canForward(const Function &F, const Triple &T) {
  return !needsMustTail(F) || T.isX86() || T.isAArch64() || T.isARM() ||
         T.isThumb() || T.isRISCV();
}

void Rewriter::writeForwarder(Function &Forwarder, FunctionState &To) {
  IRBuilder<> B(BasicBlock::Create(S.M.getContext(), "", &Forwarder));
  LoadInst *Code = loadSlot(To, B);
  SmallVector<Value *, 8> Arguments;
  for (auto [Argument, Original] : zip_equal(Forwarder.args(), To.F->args())) {
    Argument.setName(Original.getName());
    Arguments.push_back(&Argument);
  }
  CallInst *Call = B.CreateCall(Forwarder.getFunctionType(), Code, Arguments);
  Call->setCallingConv(Forwarder.getCallingConv());
  AttributeList Attributes = To.F->getAttributes();
  Call->setAttributes(Attributes.removeFnAttributes(S.M.getContext()));
  Call->setTailCallKind(needsMustTail(*To.F) ? CallInst::TCK_MustTail
                                             : CallInst::TCK_Tail);
  if (Call->getType()->isVoidTy())
    B.CreateRetVoid();
  else
    B.CreateRet(Call);
}

/// The function with a fixed address that stands in for \p To, or \p To itself
/// if there can be none.
Function *Rewriter::getForwarder(FunctionState &To) {
  if (!canForward(*To.F, S.TheTriple))
    return To.F;
  if (!To.Forwarder) {
    To.Forwarder =
        Function::Create(To.F->getFunctionType(), GlobalValue::InternalLinkage,
                         To.F->getAddressSpace(), To.F->getName() + ".forward");
    S.M.getFunctionList().insertAfter(To.F->getIterator(), To.Forwarder);
    To.Forwarder->setIsNewDbgInfoFormat(S.M.IsNewDbgInfoFormat);
    To.Forwarder->setCallingConv(To.F->getCallingConv());
    To.Forwarder->setAttributes(
        To.F->getAttributes().removeFnAttributes(S.M.getContext()));
    To.Forwarder->setUnnamedAddr(To.F->getUnnamedAddr());
    writeForwarder(*To.Forwarder, To);
  }
  return To.Forwarder;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

bool Rewriter::canHoldSlots(const GlobalVariable &G) const {
  // Each thread copies the initialiser; a section that constants share may be
  // mapped without write permission.
  return !G.isThreadLocal() && !(G.isConstant() && G.hasSection());
}

bool Rewriter::namesCloned(const Constant *C) {
  if (const auto *F = dyn_cast<Function>(C)) {
    FunctionState *FS = S.find(F);
    return FS && FS->isCloned();
  }
  if (isa<GlobalValue, ConstantData>(C))
    return false;
  auto Found = NamesCloned.find(C);
  if (Found != NamesCloned.end())
    return Found->second;
  bool Result = any_of(C->operands(), [&](const Use &U) {
    const auto *Op = dyn_cast<Constant>(U.get());
    return Op && namesCloned(Op);
  });
  NamesCloned[C] = Result;
  return Result;
}

/// The cloned function whose address is all of the word \p C, or null.
FunctionState *Rewriter::getSlotTarget(Constant *C, uint64_t Offset) const {
  auto *CE = dyn_cast<ConstantExpr>(C);
  if (CE && CE->getOpcode() == Instruction::PtrToInt &&
      DL.getTypeSizeInBits(CE->getType()) ==
          DL.getTypeSizeInBits(CE->getOperand(0)->getType()))
    C = CE->getOperand(0);
  FunctionState *FS = S.find(C);
  if (!FS || !FS->isCloned() ||
      !isAligned(DL.getPointerABIAlignment(FS->F->getAddressSpace()), Offset))
    return nullptr;
  return FS;
}

/// Returns what is to be in the place of \p C, which is at \p Offset in \p G,
/// and records the slots in it.
Constant *Rewriter::rewriteConstant(GlobalVariable &G, Constant *C,
                                    uint64_t Offset, bool AllowSlots) {
  if (!namesCloned(C))
    return C;
  if (AllowSlots)
    if (FunctionState *To = getSlotTarget(C, Offset)) {
      To->DataSlots.push_back({To->F, &G, Offset});
      HasNewSlots = true;
      return C;
    }

  if (isa<ConstantAggregate>(C)) {
    SmallVector<Constant *, 16> Elements;
    const StructLayout *Layout = nullptr;
    uint64_t Stride = 0;
    if (auto *ST = dyn_cast<StructType>(C->getType()))
      Layout = DL.getStructLayout(ST);
    else if (auto *AT = dyn_cast<ArrayType>(C->getType()))
      Stride = DL.getTypeAllocSize(AT->getElementType());
    else
      Stride = DL.getTypeSizeInBits(C->getType()->getScalarType()) / 8;
    for (unsigned I = 0, E = C->getNumOperands(); I != E; ++I)
      Elements.push_back(rewriteConstant(
          G, cast<Constant>(C->getOperand(I)),
          Offset +
              (Layout ? uint64_t(Layout->getElementOffset(I)) : I * Stride),
          AllowSlots));
    if (auto *ST = dyn_cast<StructType>(C->getType()))
      return ConstantStruct::get(ST, Elements);
    if (auto *AT = dyn_cast<ArrayType>(C->getType()))
      return ConstantArray::get(AT, Elements);
    return ConstantVector::get(Elements);
  }

  if (isa<NoCFIValue, DSOLocalEquivalent>(C))
    return C;
  ValueToValueMapTy Map;
  SmallVector<const Constant *, 8> Stack{C};
  SmallPtrSet<const Constant *, 8> Seen;
  while (!Stack.empty()) {
    const Constant *Next = Stack.pop_back_val();
    if (!Seen.insert(Next).second || !namesCloned(Next))
      continue;
    if (FunctionState *To = S.find(Next)) {
      Map[Next] = getForwarder(*To);
      continue;
    }
    // These keep the original, wherever they stand.
    if (isa<NoCFIValue, DSOLocalEquivalent>(Next)) {
      Map[Next] = const_cast<Constant *>(Next);
      continue;
    }
    for (const Use &U : Next->operands())
      Stack.push_back(cast<Constant>(U.get()));
  }
  return MapValue(C, Map, RF_IgnoreMissingLocals | RF_NoModuleLevelChanges);
}

void Rewriter::rewriteVariable(GlobalVariable &G) {
  if (!G.hasInitializer() || G.hasAvailableExternallyLinkage() ||
      G.getName().starts_with("llvm.") || G.getSection() == "llvm.metadata" ||
      !namesCloned(G.getInitializer()))
    return;
  HasNewSlots = false;
  Align PointerAlign = DL.getPointerABIAlignment(DL.getProgramAddressSpace());
  bool AllowSlots =
      canHoldSlots(G) && DL.getValueOrABITypeAlignment(
                             G.getAlign(), G.getValueType()) >= PointerAlign;
  Constant *New = rewriteConstant(G, G.getInitializer(), 0, AllowSlots);
  if (New != G.getInitializer())
    G.setInitializer(New);
  if (!HasNewSlots)
    return;
  G.setConstant(false);
  G.setExternallyInitialized(true);
  // GlobalOpt takes the initialiser of a local variable that nobody in the
  // module stores to for its value, externally initialised or not.
  if (!G.hasLocalLinkage())
    return;
  if (!G.hasName())
    G.setName("pkgimg.unnamed");
  G.setLinkage(GlobalValue::ExternalLinkage);
  G.setVisibility(GlobalValue::HiddenVisibility);
  G.setDSOLocal(true);
}

void mv::rewriteReferences(
    ModuleState &S, ArrayRef<std::pair<Function *, unsigned>> Forwarders) {
  Rewriter R(S);
  SmallVector<Function *, 64> Code;
  for (Function &F : S.M)
    if (!F.isDeclaration())
      Code.push_back(&F);
  // Before there are slots, which refer to originals too.
  SmallVector<GlobalVariable *, 64> Variables(
      make_pointer_range(S.M.globals()));
  for (Function *F : Code)
    R.rewriteCode(*F);
  for (GlobalVariable *G : Variables)
    R.rewriteVariable(*G);
  for (auto [Forwarder, Number] : Forwarders)
    R.writeForwarder(*Forwarder, S.Functions[Number]);
  for (const FunctionState &FS : S.Functions) {
    if (FS.Slot)
      S.Slots.push_back({FS.F, FS.Slot, 0});
    llvm::append_range(S.Slots, FS.DataSlots);
  }
}
