//===- ModuleReader.h - Read an LLVM module ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads an LLVM module, bitcode or textual IR, and makes it fit for an image:
/// verified, with the target's data layout, position independent.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_MODULEREADER_H
#define PKGIMG_CODEGEN_MODULEREADER_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace pkgimg {

/// Reads the module in \p Input (raw or wrapped bitcode, or textual IR,
/// recognised by its content) into \p Context. \p Input stays the caller's,
/// must live for the call, and needs no final NUL byte or alignment. Its
/// identifier names the file in messages; its base name becomes the module's
/// identifier.
///
/// The result is verified; its triple is the one to compile for, which may be
/// \p Options' own; it has the target's data layout, with the non-integral
/// address spaces of its own; it is position independent (see compileModule());
/// at -Os and -Oz its functions are marked so; and createTargetMachine() will
/// serve it. Of \p Options the target, CPU, features, ABI and level count, and
/// warnings go to its \c Diagnostics.
///
/// Several modules can be read into one context, one after the other; the
/// context keeps its diagnostic handler.
///
/// \returns the module, or an error of those that compileModule() lists for its
/// input and its target.
llvm::Expected<std::unique_ptr<llvm::Module>>
readModule(llvm::MemoryBufferRef Input, llvm::LLVMContext &Context,
           const CompileOptions &Options);

/// Returns the target triple of the module in \p Input (bitcode or textual IR),
/// as written there; empty if it has none. Reads no further than the triple,
/// and does not check what follows it. Fails, as readModule() does, if
/// \p Input is neither bitcode nor text, is corrupt before the triple, or comes
/// from a newer LLVM with another epoch. Thread-safe.
llvm::Expected<std::string> readModuleTriple(llvm::MemoryBufferRef Input);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_MODULEREADER_H
