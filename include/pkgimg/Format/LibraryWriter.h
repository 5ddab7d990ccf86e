//===- LibraryWriter.h - small shared libraries -----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes shared libraries without a linker, from definitions alone, as
/// yaml2obj writes objects: for tests, and for files that no linker would make.
/// Images for use come from a linker.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_LIBRARYWRITER_H
#define PKGIMG_FORMAT_LIBRARYWRITER_H

#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/ImageFile.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"
#include <string>
#include <vector>

namespace pkgimg {

/// How a library says which words the loader must relocate.
enum class RelocationStyle {
  Default, ///< ELF: RELA or REL by the psABI; Mach-O: chained fixups for
           ///< arm64, opcodes for others; PE: base relocations.
  REL,     ///< ELF: addends in place.
  RELA,    ///< ELF: addends in the table.
  RELR,    ///< ELF: relative relocations packed, the others REL or RELA.
  Opcodes, ///< Mach-O: LC_DYLD_INFO_ONLY.
  Chained  ///< Mach-O: LC_DYLD_CHAINED_FIXUPS.
};

/// A library to be written.
struct LibrarySpec {
  ContainerFormat Format = ContainerFormat::ELF;
  llvm::Triple TheTriple;
  RelocationStyle Relocations = RelocationStyle::Default;
  /// DT_SONAME, LC_ID_DYLIB, the export directory's name; may be empty (the
  /// export directory of a PE file then has "image.dll").
  std::string OutputName;
  std::vector<std::string> NeededLibraries;
  /// In the order that they get in each of the five places.
  std::vector<DataDefinition> Definitions;
  /// Writes the symbol table for debuggers, with the hidden symbols.
  bool LocalSymbols = true;
};

/// Lays out \p Spec and returns the file's bytes, which depend on nothing else.
/// A target of a fixup that has no definition becomes an import. Fails for a
/// machine that the format or this writer does not know, a symbol that is
/// defined twice, a fixup that leaves its definition, and a difference that
/// does not fit 32 bits or has an import in it.
llvm::Expected<std::string> writeLibrary(const LibrarySpec &Spec);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_LIBRARYWRITER_H
