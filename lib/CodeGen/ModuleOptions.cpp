//===- ModuleOptions.cpp - Options that change a module -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleOptions.h"

#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace pkgimg;

/// clang marks functions at -Os and -Oz when it makes their IR. For IR from
/// elsewhere the level would otherwise change the pipeline alone, and the code
/// generator would still optimise for speed.
static void addSizeAttributes(Module &M, OptimizationLevel Level) {
  if (!Level.isOptimizingForSize())
    return;
  for (Function &F : M) {
    if (F.isDeclaration() || F.hasFnAttribute(Attribute::OptimizeNone))
      continue;
    F.addFnAttr(Attribute::OptimizeForSize);
    if (Level.getSizeLevel() > 1)
      F.addFnAttr(Attribute::MinSize);
  }
}

static void reduceDebugInfo(Module &M, unsigned Level) {
  if (Level == 0)
    StripDebugInfo(M);
  else if (Level == 1)
    stripNonLineTableDebugInfo(M);
}

static void preventInlining(Module &M) {
  for (Function &F : M)
    if (!F.isDeclaration() && !F.hasFnAttribute(Attribute::AlwaysInline))
      F.addFnAttr(Attribute::NoInline);
}

static void setFramePointers(Module &M, FramePointerKind Kind) {
  StringRef Value = Kind == FramePointerKind::All        ? "all"
                    : Kind == FramePointerKind::NonLeaf  ? "non-leaf"
                    : Kind == FramePointerKind::Reserved ? "reserved"
                                                         : "none";
  for (Function &F : M)
    if (!F.isDeclaration())
      F.addFnAttr("frame-pointer", Value);
  // For the functions that passes make.
  M.setModuleFlag(Module::Max, "frame-pointer", static_cast<uint32_t>(Kind));
}

static void addUnwindTables(Module &M) {
  for (Function &F : M)
    if (!F.isDeclaration())
      F.setUWTableKind(UWTableKind::Async);
  M.setModuleFlag(Module::Max, "uwtable",
                  static_cast<uint32_t>(UWTableKind::Async));
}

Error pkgimg::applyModuleOptions(Module &M, const CompileOptions &Options) {
  addSizeAttributes(M, Options.Level);
  if (Options.DebugLevel)
    reduceDebugInfo(M, *Options.DebugLevel);
  if (!Options.Inline)
    preventInlining(M);
  if (Options.FramePointers)
    setFramePointers(M, *Options.FramePointers);
  if (Options.UnwindTables)
    addUnwindTables(M);
  return lowerBoundsChecks(M, Options.CheckBounds);
}
