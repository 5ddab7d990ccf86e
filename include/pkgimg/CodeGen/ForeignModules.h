//===- ForeignModules.h - Modules with tables of their own ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tells modules that a runtime's compiler has finished.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_FOREIGNMODULES_H
#define PKGIMG_CODEGEN_FOREIGNMODULES_H

namespace llvm {
class Module;
} // namespace llvm

namespace pkgimg {

/// Whether \p M defines a part of an image's tables, or its data: such as the
/// modules of Julia's `--output-bc` (text.bc, metadata.bc, sysimg.bc). They
/// have been cloned and optimised, and their tables name what is in them, so
/// that they go through code generation alone.
bool hasImageTables(const llvm::Module &M);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_FOREIGNMODULES_H
