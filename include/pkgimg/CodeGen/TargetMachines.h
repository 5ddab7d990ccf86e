//===- TargetMachines.h - Create target machines for modules ----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Chooses the CPU, features, ABI and code model that a module is compiled for,
/// and makes the target machine for them.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_TARGETMACHINES_H
#define PKGIMG_CODEGEN_TARGETMACHINES_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace pkgimg {

/// Makes the target machine for \p M, which readModule() has read, or which was
/// cut or cloned from such a module and perhaps written and read back in
/// another context. The target is the module's triple; CPU, features, ABI and
/// level come from \p Options and from the module's flags, as CompileOptions
/// says; the relocation model is position independent. Each call makes a
/// machine of its own: one serves one thread at a time.
///
/// Fails, naming the module, if there is no code generator for its triple, or
/// if CPU, a feature or the ABI is unknown. Thread-safe.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const llvm::Module &M, const CompileOptions &Options);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_TARGETMACHINES_H
