//===- MultiVersioningImpl.h - Parts of the pass ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the steps of the multi-versioning pass share. They run in the order of
/// this file: analysis, closure, versions, references, attributes.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_MULTIVERSIONINGIMPL_H
#define PKGIMG_LIB_CODEGEN_MULTIVERSIONINGIMPL_H

#include "pkgimg/CodeGen/MultiVersioning.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/Triple.h"

namespace llvm {
class FunctionType;
class Value;
} // namespace llvm

namespace pkgimg::mv {

/// A direct call, by number of the callee in ModuleState::Functions.
struct CallEdge {
  unsigned Callee;
  bool HasVectors; ///< See hasFeatureDependentABI().
};

/// A function definition that is this module's.
struct FunctionState {
  llvm::Function *F = nullptr;
  /// Why it cannot be cloned; empty if it can.
  std::string NotCloned;
  /// The reasons that its code gives, CR_Loop to CR_CPU, whatever the target.
  uint16_t Facts = 0;
  /// The queries that it calls.
  llvm::SmallVector<llvm::Function *, 1> Queries;
  unsigned Size = 0;
  bool IsInlineCandidate = false;
  bool IsAlwaysInline = false;
  bool IsCold = false;
  /// Passes vectors or aggregates to another function: LLVM does not inline it
  /// on x86 where features differ.
  bool HasComplexCalls = false;
  llvm::SmallVector<CallEdge, 4> Calls;
  llvm::SmallVector<CallEdge, 4> Callers; ///< Callee is the caller here.
  /// Per target; what is not 0 is cloned.
  llvm::SmallVector<uint16_t, 4> Reasons;
  /// The code of each target, versions[0] the original; null where there is no
  /// clone.
  llvm::SmallVector<llvm::Function *, 4> Versions;
  llvm::GlobalVariable *Slot = nullptr;
  llvm::Function *Forwarder = nullptr;
  llvm::SmallVector<MVSlot, 0> DataSlots;

  bool canClone() const { return NotCloned.empty(); }
  bool isCloned() const {
    return llvm::any_of(Reasons, [](uint16_t R) { return R != 0; });
  }
};

/// Everything about the module.
struct ModuleState {
  ModuleState(llvm::Module &M, llvm::ArrayRef<MVTarget> Targets,
              const MVOptions &Options);

  llvm::Module &M;
  llvm::ArrayRef<MVTarget> Targets;
  const MVOptions &Options;
  llvm::Triple TheTriple;
  /// The features of each target, for look-up.
  std::vector<llvm::StringSet<>> Features;
  std::vector<FunctionState> Functions;
  llvm::DenseMap<const llvm::Function *, unsigned> Index;
  /// The function and target of each version, originals too.
  llvm::DenseMap<const llvm::Function *, std::pair<unsigned, unsigned>>
      Versions;
  std::vector<MVSlot> Slots;

  bool isGroup(unsigned Target) const {
    return Target == 0 || Targets[Target].CloneAll;
  }
  /// The state of \p V if it is a definition of this module, or null.
  FunctionState *find(const llvm::Value *V);
  /// f@Target.
  llvm::Function *getCode(const FunctionState &S, unsigned Target) const;
};

/// Whether arguments or results of \p Type are passed in other places when
/// vector features change.
bool hasFeatureDependentABI(const llvm::FunctionType *Type,
                            const llvm::Triple &T);

/// The function that a call of \p Callee surely reaches: itself, or what an
/// alias stands for. Null for anything else.
llvm::Function *resolveCallee(llvm::Value *Callee);

/// The answer of the CPU query \p Name with \p Features.
bool answerQuery(llvm::StringRef Name, const llvm::StringSet<> &Features,
                 const llvm::Triple &T);
bool isQuery(const llvm::Function &F);
/// For "pkgimg.cpu.supports.<feature>", the feature; else empty.
llvm::StringRef getQueriedFeature(llvm::StringRef Name);

/// Fills ModuleState::Functions, with the reasons of each by itself.
/// CloneReasons.cpp.
llvm::Error analyze(ModuleState &S);

/// Adds the functions that must follow. CloneClosure.cpp.
void closeOverCalls(ModuleState &S);

/// Resolves aliases of cloned functions to these and returns the functions that
/// took their place, yet without a body, with the numbers of the functions that
/// they stand for; then makes the clones. CloneVersions.cpp.
std::vector<std::pair<llvm::Function *, unsigned>>
createVersions(ModuleState &S);

/// Folds the CPU queries of all code. CloneVersions.cpp.
void foldQueries(ModuleState &S);

/// Rewrites all references to cloned functions, and gives \p Forwarders their
/// bodies. CloneSlots.cpp.
void rewriteReferences(
    ModuleState &S,
    llvm::ArrayRef<std::pair<llvm::Function *, unsigned>> Forwarders);

/// Whether a forwarder for \p F can be made. CloneSlots.cpp.
bool canForward(const llvm::Function &F, const llvm::Triple &T);

/// Sets linkage and attributes of all versions. CloneVersions.cpp.
void setLinkage(ModuleState &S);
void setTargetAttributes(ModuleState &S);

/// The name of the pass, for remarks.
inline constexpr char PassName[] = "pkgimg-multiversioning";

} // namespace pkgimg::mv

#endif // PKGIMG_LIB_CODEGEN_MULTIVERSIONINGIMPL_H
