//===- BrokenPlugin.cpp - A plugin that lacks a function ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llvm/Passes/PassPlugin.h"

using namespace llvm;

/// In no program.
void functionOfAnotherVersion();

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "broken-plugin", "1",
          [](PassBuilder &) { functionOfAnotherVersion(); }};
}
