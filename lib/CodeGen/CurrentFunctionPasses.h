//===- CurrentFunctionPasses.h - Track the function -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps CurrentFunction.h's state up to date in LLVM's two pass managers.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_CURRENTFUNCTIONPASSES_H
#define PKGIMG_LIB_CODEGEN_CURRENTFUNCTIONPASSES_H

#include "llvm/IR/LegacyPassManager.h"

namespace llvm {
class PassInstrumentationCallbacks;
} // namespace llvm

namespace pkgimg {

/// Has each pass of the new pass manager name itself and its function: for a
/// loop the one that it is in, for a component of the call graph its first.
void trackCurrentFunction(llvm::PassInstrumentationCallbacks &Callbacks);

/// The older pass manager, which the code generator needs. It runs function
/// passes in groups, each group on one function after the other, and has no
/// callbacks. So each group gets a pass at its beginning that names the
/// function and one at its end that withdraws it; between them nothing is known
/// of the pass but that it generates code.
class TrackingPassManager : public llvm::legacy::PassManager {
public:
  void add(llvm::Pass *P) override;

  /// Ends the last group. To be called after the last pass was added.
  void finish();

private:
  bool InGroup = false;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_CURRENTFUNCTIONPASSES_H
