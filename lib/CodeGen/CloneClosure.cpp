//===- CloneClosure.cpp - Functions that follow those that are cloned -----===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MultiVersioningImpl.h"

#include "llvm/ADT/BitVector.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::mv;

namespace {
/// The closure for one partial target.
class Closure {
public:
  Closure(ModuleState &S, unsigned Target);
  void run();

private:
  void add(unsigned I, uint16_t Reason) {
    FunctionState &FS = S.Functions[I];
    if (!FS.canClone() || FS.Reasons[Target])
      return;
    FS.Reasons[Target] = Reason;
    Work.push_back(I);
  }
  bool needsInlinableCallee(const FunctionState &Callee) const;
  void followNeighbours();
  bool followPaths();
  BitVector reach(SmallVector<CallEdge, 4> FunctionState::*Edges) const;

  ModuleState &S;
  unsigned Target;
  /// LLVM may refuse to inline any of the base's code.
  bool IsForeignToBase;
  SmallVector<unsigned, 32> Work;
};
} // namespace

Closure::Closure(ModuleState &S, unsigned Target) : S(S), Target(Target) {
  const MVTarget &T = S.Targets[Target];
  // x86 leaves tuning features, which go with the CPU, out of account, AArch64
  // does not. Others ask for equal features, some for equal attributes.
  IsForeignToBase = !S.TheTriple.isX86() && !(S.TheTriple.isAArch64() &&
                                              T.CPU == S.Targets[T.Base].CPU);
  for (const auto &Entry : S.Features[T.Base])
    IsForeignToBase |= !S.Features[Target].contains(Entry.getKey());
  for (unsigned I = 0, E = S.Functions.size(); I != E; ++I)
    if (S.Functions[I].canClone() && S.Functions[I].Reasons[Target])
      Work.push_back(I);
}

bool Closure::needsInlinableCallee(const FunctionState &Callee) const {
  return Callee.IsInlineCandidate &&
         (IsForeignToBase || Callee.HasComplexCalls);
}

/// Adds callers and callees of the functions in Work until it is empty.
void Closure::followNeighbours() {
  while (!Work.empty()) {
    unsigned I = Work.pop_back_val();
    const FunctionState &FS = S.Functions[I];
    for (const CallEdge &Edge : FS.Callers) {
      if (Edge.HasVectors)
        add(Edge.Callee, CR_VectorCall);
      if (FS.IsAlwaysInline)
        add(Edge.Callee, CR_AlwaysInline);
      else if (FS.IsInlineCandidate && !S.Functions[Edge.Callee].IsCold)
        add(Edge.Callee, CR_Inline);
    }
    for (const CallEdge &Edge : FS.Calls) {
      const FunctionState &Callee = S.Functions[Edge.Callee];
      if (Edge.HasVectors)
        add(Edge.Callee, CR_VectorCall);
      if (Callee.IsAlwaysInline)
        add(Edge.Callee, CR_AlwaysInline);
      else if (needsInlinableCallee(Callee))
        add(Edge.Callee, CR_Inline);
    }
  }
}

/// The functions that can be reached from the cloned ones along \p Edges,
/// through such as may be added.
BitVector Closure::reach(SmallVector<CallEdge, 4> FunctionState::*Edges) const {
  BitVector Reached(S.Functions.size());
  SmallVector<unsigned, 32> Stack;
  for (unsigned I = 0, E = S.Functions.size(); I != E; ++I)
    if (S.Functions[I].canClone() && S.Functions[I].Reasons[Target])
      Stack.push_back(I);
  while (!Stack.empty())
    for (const CallEdge &Edge : S.Functions[Stack.pop_back_val()].*Edges) {
      const FunctionState &To = S.Functions[Edge.Callee];
      if (Reached.test(Edge.Callee) || !To.canClone() || To.IsCold)
        continue;
      Reached.set(Edge.Callee);
      if (!To.Reasons[Target])
        Stack.push_back(Edge.Callee);
    }
  return Reached;
}

/// Adds what lies between cloned functions; returns whether there was any.
bool Closure::followPaths() {
  BitVector Between = reach(&FunctionState::Calls);
  Between &= reach(&FunctionState::Callers);
  for (unsigned I : Between.set_bits())
    add(I, CR_Path);
  return !Work.empty();
}

void Closure::run() {
  do
    followNeighbours();
  while (followPaths());
}

void mv::closeOverCalls(ModuleState &S) {
  for (unsigned T = 1, E = S.Targets.size(); T != E; ++T)
    if (!S.isGroup(T) && any_of(S.Functions, [&](const FunctionState &FS) {
          return FS.canClone() && FS.Reasons[T];
        }))
      Closure(S, T).run();
}
