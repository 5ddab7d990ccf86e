//===- TargetSelection.h - What a module is compiled for --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The steps of createTargetMachine(), for the reader, which needs a target
/// machine before it has the module.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_TARGETSELECTION_H
#define PKGIMG_LIB_CODEGEN_TARGETSELECTION_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class Module;
class Target;
class TargetMachine;
} // namespace llvm

namespace pkgimg {

/// What a target machine is made of.
struct TargetSelection {
  llvm::Triple TargetTriple;
  std::string TripleText; ///< As the module spells it.
  std::string CPU, Features, ABI;
  llvm::FloatABI::ABIType FloatABI = llvm::FloatABI::Default;
  const llvm::Target *TheTarget = nullptr;
};

/// Chooses all for a module with the triple \p TripleText, but for what its
/// flags say, and checks the CPU and the features that the user wrote. The
/// errors name no file.
llvm::Expected<TargetSelection> selectTarget(llvm::StringRef TripleText,
                                             const CompileOptions &Options);

/// Takes the ABI from the flag of \p M, if it has one, and checks it. The
/// errors name no file.
llvm::Error selectABI(TargetSelection &Selection, const llvm::Module &M,
                      const CompileOptions &Options);

/// Makes the target machine. The code model and the threshold of large data are
/// those of \p M, if it is given. The errors name no file.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetSelection &Selection,
                    const CompileOptions &Options, const llvm::Module *M);

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_TARGETSELECTION_H
